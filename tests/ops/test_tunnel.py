"""`tunnel`: the database on a port of this machine, until Ctrl-C."""

import json
import os
import signal
import socket
from pathlib import Path

import pytest

from local.ports import free_port
from ops import journal
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.console_task import ARN, ID, TARGET, ConsoleTask, ready
from tests.ops.running import Running
from tests.ops.stack import Stack
from tests.ops.stand_in import PLUGIN, StandIn, forwarding, install, nobody_enters

HOST = "database.example.internal"


@pytest.fixture
def plugin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, running: Running, aws: Calls
) -> StandIn:
    return forwarding(monkeypatch, tmp_path, running, aws)


def _notes(stack: Stack) -> list[str]:
    table = stack.outputs.releases_table_name
    return [entry.what for entry in journal.newest(stack.dynamodb, table, 10)]


def test_it_shows_the_address_and_stays_open_until_ctrl_c(
    ops: Ops, plugin: StandIn, aws: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    open_after: list[bool] = []

    def sleep(_self: object, _seconds: float) -> None:
        open_after.append(not plugin.has_ended)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("release.progress.SystemClock.sleep", sleep)
    done = ops("tunnel", str(port))
    assert done.code == 0, done.err
    assert open_after == [True]
    assert plugin.has_ended
    assert done.out == (
        f"postgresql://app@{HOST}:{port}/app?hostaddr=127.0.0.1&sslmode=require"
        "&options=-c%20default_transaction_read_only%3Don\n"
    )
    assert "bin/ops tunnel --token" in done.err
    assert "The tunnel is closed." in done.err


def test_a_program_is_told_where_it_is(
    ops: Ops, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, plugin.folder, PLUGIN, "echo 'Waiting for connections...'; exit 0")
    port = free_port()
    done = ops("tunnel", str(port), "--json")
    assert done.code == 1, "it has closed by itself"
    assert "The tunnel has closed by itself" in done.err
    told = json.loads(done.out)
    assert (told["port"], told["user"], told["read_only"]) == (port, "app", True)


def test_it_prints_a_password_only_when_asked(ops: Ops, stack: Stack, aws: Calls) -> None:
    done = ops("tunnel", "--token")
    assert done.out.startswith(f"{HOST}:5433/?Action=connect&DBUser=app&")
    assert json.loads(ops("tunnel", "--token", "--json").out)["user"] == "app"
    assert "ssm:StartSession" not in aws.made


def test_for_writing_it_asks_and_is_written_down(
    ops: Ops, stack: Stack, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, plugin.folder, PLUGIN, "echo 'Waiting for connections...'; exit 0")
    port = str(free_port())
    assert ops("tunnel", port, "--write").code == 2
    assert not plugin.has_run
    done = ops("tunnel", port, "--write", "--yes")
    assert "read_only" not in done.out
    assert _notes(stack) == ["opened a tunnel to the database, writing"]


def test_it_does_not_take_a_port_that_is_in_use(ops: Ops, plugin: StandIn) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = ops("tunnel", str(other.getsockname()[1]))
    assert done.code == 2
    assert "cannot be used: Address already in use" in done.err
    assert not plugin.has_run


def test_it_asks_for_the_port(ops: Ops, stack: Stack) -> None:
    assert "For example: bin/ops tunnel 5433" in ops("tunnel").err


class TestThroughAConsole:
    """Where nobody may enter tasks that serve, a task of its own leads to the database."""

    @pytest.fixture
    def console(self, running: Running, plugin: StandIn, aws: Calls) -> ConsoleTask:
        nobody_enters(running)
        console = ConsoleTask(aws, running)
        console.states = [ready()]
        return console

    @pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
    def test_that_stops_when_the_tunnel_is_closed(
        self,
        ops: Ops,
        stack: Stack,
        plugin: StandIn,
        console: ConsoleTask,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ) -> None:
        def sleep(_self: object, _seconds: float) -> None:
            os.kill(os.getpid(), getattr(signal, f"SIG{name}"))

        monkeypatch.setattr("release.progress.SystemClock.sleep", sleep)
        done = ops("tunnel", str(free_port()))
        assert done.code == 0, done.err
        assert aws.with_parameters("ssm:StartSession")[0]["Target"] == TARGET
        assert f"through console.{ID[:8]}, until Ctrl-C" in done.err
        assert plugin.has_ended
        assert [stop["task"] for stop in console.stops] == [ARN]
        assert _notes(stack) == ["started a console task of release 3 for the database"]

    def test_that_stops_when_the_tunnel_closes_by_itself(
        self, ops: Ops, plugin: StandIn, console: ConsoleTask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, plugin.folder, PLUGIN, "echo 'Waiting for connections...'; exit 0")
        assert ops("tunnel", str(free_port())).code == 1
        assert len(console.stops) == 1


def test_it_needs_what_it_asks(
    ops: Ops,
    running: Running,
    plugin: StandIn,
    aws: Calls,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install(monkeypatch, plugin.folder, PLUGIN, "echo 'Waiting for connections...'; exit 0")
    port = str(free_port())
    ops("tunnel", port, "--write", "--yes")
    nobody_enters(running)
    ConsoleTask(aws, running).states = [ready()]
    ops("tunnel", port)
    unseen = ("rds-db:connect", "ssmmessages:OpenDataChannel", "iam:PassRole", "ecs:TagResource")
    check_needs("tunnel", aws.made, unseen=unseen)
