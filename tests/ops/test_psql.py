"""`psql`: the database's prompt through a running task, read-only unless asked otherwise."""

import json
import socket
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from click.testing import CliRunner

from ops import journal
from ops.cli import program
from ops.sessions import plugin as session_plugin
from ops.sessions import port_forwarding
from ops.sessions.database_login import CERTIFICATES
from release import progress
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.console_task import ARN, TARGET, ConsoleTask, ready
from tests.ops.hasty_clock import HastyClock
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, CLUSTER, REGION, Stack
from tests.ops.stand_in import (
    PLUGIN,
    RUNTIME,
    SESSION,
    SESSION_VARIABLE,
    StandIn,
    forwarding,
    install,
    let_in,
    nobody_enters,
    without_programs,
)

HOST = "database.example.internal"
OWNER = {
    "ARN": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-x",
    "SecretString": json.dumps({"username": "dbowner", "password": "owner's password"}),
}


@pytest.fixture
def plugin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, running: Running, aws: Calls
) -> StandIn:
    aws.answer("secretsmanager:GetSecretValue", OWNER)
    return forwarding(monkeypatch, tmp_path, running, aws)


@pytest.fixture
def psql(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StandIn:
    return install(monkeypatch, tmp_path, "psql")


def _notes(stack: Stack) -> list[str]:
    table = stack.outputs.releases_table_name
    return [entry.what for entry in journal.newest(stack.dynamodb, table, 10)]


def test_it_logs_in_as_the_application_by_a_token_and_only_reads(
    ops: Ops, stack: Stack, plugin: StandIn, psql: StandIn
) -> None:
    done = ops("psql")
    assert done.code == 0, done.err
    told = psql.environment
    assert told["PGUSER"] == "app"
    assert told["PGDATABASE"] == "app"
    assert told["PGOPTIONS"] == "-c default_transaction_read_only=on"
    token = urlsplit(f"https://{told['PGPASSWORD']}")
    assert (token.hostname, token.port) == (HOST, 5433), "RDS would not take it"
    assert parse_qs(token.query)["DBUser"] == ["app"]
    assert "only reads; --write lets it change rows" in done.err
    assert "--set=PROMPT1=staging %/%R%x%# " in psql.words, "one must see in which stack one is"
    assert _notes(stack) == [], "reading changes nothing"


def test_the_way_leads_through_a_task_to_the_database(
    ops: Ops, running: Running, plugin: StandIn, psql: StandIn, aws: Calls
) -> None:
    ops("psql")
    task = running.tasks[1]["taskArn"].rpartition("/")[2]
    asked = aws.with_parameters("ssm:StartSession")[0]
    assert asked["Target"] == f"ecs:{CLUSTER}_{task}_{task}-{RUNTIME}"
    assert asked["DocumentName"] == "AWS-StartPortForwardingSessionToRemoteHost"
    assert asked["Parameters"] == {
        "host": [HOST],
        "portNumber": ["5433"],
        "localPortNumber": [psql.environment["PGPORT"]],
    }
    assert psql.environment["PGHOSTADDR"] == "127.0.0.1"
    assert plugin.words[0] == SESSION_VARIABLE, "the token is nobody else's business"
    assert json.loads(plugin.words[4]) == asked
    assert plugin.session == SESSION


def test_the_tunnel_is_closed_behind_it(
    ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls
) -> None:
    ops("psql")
    assert plugin.has_ended, "whoever uses this machine would have a way to the database"
    assert aws.with_parameters("ssm:TerminateSession") == [{"SessionId": SESSION["SessionId"]}]


def test_the_server_must_be_the_database_itself(
    ops: Ops, root: Path, plugin: StandIn, psql: StandIn
) -> None:
    ops("psql")
    assert psql.environment["PGHOST"] == HOST
    assert psql.environment["PGSSLMODE"] == "require"
    (root / CERTIFICATES).parent.mkdir(parents=True)
    (root / CERTIFICATES).write_text("certificates")
    ops("psql")
    assert psql.environment["PGSSLMODE"] == "verify-full", "its name, through whatever tunnel"
    assert psql.environment["PGSSLROOTCERT"] == str(root / CERTIFICATES)


def test_what_the_person_has_set_for_another_database_does_not_count(
    ops: Ops, plugin: StandIn, psql: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSERVICE", "other")
    monkeypatch.setenv("PGHOST", "other.example.com")
    ops("psql")
    assert "PGSERVICE" not in psql.environment, "it would win over the address"
    assert psql.environment["PGHOST"] == HOST


def test_one_statement_and_arguments_go_to_psql_and_its_exit_code_comes_back(
    ops: Ops, plugin: StandIn, psql: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, psql.folder, psql.name, body="exit 3")
    done = ops("psql", "-c", "select 1", "--", "--expanded", "-A")
    assert done.code == 3
    assert psql.words[-4:] == ["--command", "select 1", "--expanded", "-A"]


def test_a_program_gets_the_rows_of_a_statement(
    ops: Ops, plugin: StandIn, psql: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "printf 'id,question\\n1,\"a, b\"\\n2,c\\n'"
    install(monkeypatch, psql.folder, psql.name, body=rows)
    done = ops("psql", "--json", "-c", "select id, question from polls")
    assert json.loads(done.out) == [
        {"id": "1", "question": "a, b"},
        {"id": "2", "question": "c"},
    ]
    assert psql.words[-4:] == ["--no-psqlrc", "--quiet", "--csv", "--set=SHOW_ALL_RESULTS=off"]
    assert ops("psql", "--json").code == 2, "a prompt has no JSON"
    refused = ops("psql", "--json", "-c", "select 1", "--", "--expanded")
    assert refused.code == 2
    assert "they change what it prints" in refused.err


@pytest.mark.parametrize(
    ("printed", "rows"),
    [
        ("", []),
        ("id\\n", []),
        ("a\\n\\nx\\n", [{"a": ""}, {"a": "x"}]),
        ('a,b\\n"1\\r\\n2","""q"""\\n', [{"a": "1\r\n2", "b": '"q"'}]),
        ("a\\ngr\\303\\274n\\n", [{"a": "grün"}]),
    ],
)
def test_rows_are_as_psql_has_printed_them(
    ops: Ops,
    plugin: StandIn,
    psql: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    printed: str,
    rows: list[dict[str, str]],
) -> None:
    install(monkeypatch, psql.folder, psql.name, body=f"printf '{printed}'")
    done = ops("psql", "--json", "-c", "select a")
    assert json.loads(done.out) == rows


def test_a_value_may_be_long(
    ops: Ops, plugin: StandIn, psql: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "echo a; head -c 300000 /dev/zero | tr '\\0' x"
    install(monkeypatch, psql.folder, psql.name, body=body)
    assert len(json.loads(ops("psql", "--json", "-c", "select a").out)[0]["a"]) == 300_000


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("a,b,a\\n1,2,3\\n", "several of its columns are called 'a'"),
        ("a,b\\n1,2\\nc\\n3\\n", "psql printed more than one table"),
    ],
)
def test_what_json_cannot_hold_is_refused(
    ops: Ops,
    plugin: StandIn,
    psql: StandIn,
    monkeypatch: pytest.MonkeyPatch,
    printed: str,
    said: str,
) -> None:
    install(monkeypatch, psql.folder, psql.name, body=f"printf '{printed}'")
    done = ops("psql", "--json", "-c", "select a")
    assert (done.code, done.out) == (1, "")
    assert said in done.err


class TestMore:
    """More than reading asks first, and is written down."""

    def test_lets_the_application_write(
        self, ops: Ops, stack: Stack, plugin: StandIn, psql: StandIn
    ) -> None:
        refused = ops("psql", "--write", input="n\n")
        assert "as the application's role, writing" in refused.err
        assert not psql.has_run
        assert _notes(stack) == []
        assert ops("psql", "--write", "--yes").code == 0
        assert psql.environment["PGOPTIONS"] == ""
        assert psql.environment["PGUSER"] == "app"
        assert _notes(stack) == ["logged in to the database as app, writing"]

    def test_is_the_owner_by_the_password_that_rds_keeps(
        self, ops: Ops, stack: Stack, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        done = ops("psql", "--owner", input="y\n")
        assert done.code == 0
        assert "as the owner, who may do everything" in done.err
        assert psql.environment["PGUSER"] == "dbowner"
        assert psql.environment["PGPASSWORD"] == "owner's password"
        assert "owner's password" not in done.out + done.err
        assert aws.with_parameters("secretsmanager:GetSecretValue") == [{"SecretId": OWNER["ARN"]}]
        assert _notes(stack) == ["logged in to the database as the owner"]

    def test_wants_the_name_of_a_protected_stack(
        self, ops: Ops, stack: Stack, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        stack.publish(protected=True)
        assert ops("psql", "--owner", "--yes").code == 2, "--yes is no consent to that"
        assert ops("psql", "--owner", input="prod\n").code == 1
        assert "secretsmanager:GetSecretValue" not in aws.made
        assert ops("psql", "--owner", input="staging\n").code == 0

    def test_needs_a_secret_as_rds_writes_it(
        self, ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        aws.answer("secretsmanager:GetSecretValue", {"SecretString": "{}"})
        done = ops("psql", "--owner", "--yes")
        assert done.code == 1
        assert "does not hold the name and password of an owner" in done.err


class TestDirect:
    """A machine in the database's network needs neither plugin nor task."""

    def test_goes_to_the_address_itself(
        self, ops: Ops, stack: Stack, psql: StandIn, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(socket, "gethostbyname", lambda _: "10.20.0.9")
        assert ops("psql", "--direct").code == 0
        assert psql.environment["PGHOSTADDR"] == "10.20.0.9"
        assert psql.environment["PGPORT"] == "5433"
        assert "ssm:StartSession" not in aws.made

    def test_says_when_it_is_none(
        self, ops: Ops, stack: Stack, psql: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def unknown(_: str) -> str:
            raise socket.gaierror(-2, "Name or service not known")

        monkeypatch.setattr(socket, "gethostbyname", unknown)
        done = ops("psql", "--direct")
        assert done.code == 1
        assert "this machine is not in the database's network" in done.err


class TestMissing:
    """Each thing that can be missing has its own message, with the fix."""

    def test_psql_is_named_with_how_to_install_it(
        self, ops: Ops, running: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        without_programs(monkeypatch, tmp_path)
        done = ops("psql")
        assert done.code == 1
        assert "apt install postgresql-client" in done.err
        assert "`bin/ops tunnel PORT`" in done.err

    @pytest.mark.parametrize("words", [[], ["--json", "-c", "select 1"]])
    def test_psql_of_another_machine_is_named(
        self, ops: Ops, plugin: StandIn, psql: StandIn, words: list[str]
    ) -> None:
        (psql.folder / psql.name).write_bytes(b"\x7fELF\x02 of another processor")
        done = ops("psql", *words)
        assert done.code == 1
        assert "psql does not run: it is built for another kind of machine, or broken." in done.err
        assert plugin.has_ended

    def test_tunnel_is_told_with_what_the_plugin_said(
        self, ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, plugin.folder, PLUGIN, "echo 'Cannot perform start session: EOF'")
        done = ops("psql")
        assert done.code == 1
        assert "session-manager-plugin ended.\n  | Cannot perform start session: EOF" in done.err
        assert not psql.has_run
        assert "ssm:TerminateSession" in aws.made, "the session would stay open"

    def test_tunnel_is_not_waited_for_for_ever(
        self, ops: Ops, plugin: StandIn, psql: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(port_forwarding, "_READY_SECONDS", 0.1)
        monkeypatch.setattr(session_plugin, "END_SECONDS", 0.1)
        install(monkeypatch, plugin.folder, PLUGIN, "trap '' INT; exec sleep 60")
        done = ops("psql")
        assert done.code == 1
        assert "was not ready within" in done.err

    def test_agent_names_what_it_needs(
        self, ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ssm:StartSession", "TargetNotConnected", "not connected")
        assert "reach ssmmessages on port 443" in ops("psql").err

    def test_permission_is_told_with_the_policy(
        self, ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ssm:StartSession", "AccessDeniedException")
        done = ops("psql")
        assert "`bin/ops permissions psql --stack staging`" in done.err
        aws.refuse("ssm:StartSession", "ExpiredTokenException")
        assert "your AWS login has expired" in ops("psql").err
        aws.refuse("ssm:StartSession", "ThrottlingException")
        assert "That passes by itself" in ops("psql").err


def test_the_way_leads_through_no_task_that_ecs_stops_already(
    ops: Ops, running: Running, plugin: StandIn, psql: StandIn, aws: Calls
) -> None:
    running.add_task("web", createdAt=running.now, desiredStatus="STOPPED")
    let_in(running)
    ops("psql")
    task = running.tasks[1]["taskArn"].rpartition("/")[2]
    assert task in aws.with_parameters("ssm:StartSession")[0]["Target"], "it would break off"


class TestThroughAConsole:
    """Where nobody may enter tasks that serve, a task of its own leads to the database."""

    @pytest.fixture
    def console(
        self, running: Running, plugin: StandIn, aws: Calls, monkeypatch: pytest.MonkeyPatch
    ) -> ConsoleTask:
        nobody_enters(running)
        clock = HastyClock()
        monkeypatch.setattr(progress, "SystemClock", lambda: clock)
        return ConsoleTask(aws, running)

    def test_that_stops_when_the_prompt_is_left(
        self, ops: Ops, stack: Stack, console: ConsoleTask, psql: StandIn, aws: Calls
    ) -> None:
        done = ops("psql")
        assert done.code == 0, done.err
        assert aws.with_parameters("ssm:StartSession")[0]["Target"] == TARGET
        assert psql.environment["PGHOSTADDR"] == "127.0.0.1"
        assert [stop["task"] for stop in console.stops] == [ARN]
        ends = [call for call in aws.made if call in ("ssm:TerminateSession", "ecs:StopTask")]
        assert ends == ["ssm:TerminateSession", "ecs:StopTask"]
        assert _notes(stack) == ["started a console task of release 3 for the database"]

    def test_that_gives_rows_to_a_program(
        self, ops: Ops, console: ConsoleTask, psql: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, psql.folder, psql.name, body="printf 'id\\n1\\n'")
        done = ops("psql", "--json", "-c", "select 1 as id")
        assert json.loads(done.out) == [{"id": "1"}], "what is waited for goes elsewhere"
        assert len(console.stops) == 1

    def test_that_is_not_needed_where_web_lets_people_in(
        self, ops: Ops, plugin: StandIn, psql: StandIn, aws: Calls
    ) -> None:
        assert ops("psql").code == 0
        assert "ecs:RunTask" not in aws.made

    def test_that_stops_when_psql_is_ended(
        self,
        stack: Stack,
        root: Path,
        console: ConsoleTask,
        psql: StandIn,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        body = "sleep 0.2; kill -TERM $PPID; exec sleep 30"
        install(monkeypatch, psql.folder, psql.name, body=body)
        done = CliRunner().invoke(program, ["psql", "--stack", "staging"])
        assert "Aborted!" in done.stderr
        assert len(console.stops) == 1

    def test_that_stops_when_no_tunnel_opens(
        self,
        ops: Ops,
        plugin: StandIn,
        console: ConsoleTask,
        psql: StandIn,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        install(monkeypatch, plugin.folder, PLUGIN, "echo 'Cannot perform start session: EOF'")
        assert "The tunnel could not be opened" in ops("psql").err
        assert len(console.stops) == 1

    def test_that_may_not_be_connected_at_once(
        self, ops: Ops, console: ConsoleTask, psql: StandIn, aws: Calls
    ) -> None:
        aws.refuse("ssm:StartSession", "TargetNotConnected", "not connected", times=2)
        assert ops("psql").code == 0

    def test_that_a_protected_stack_asks_for_once(
        self, ops: Ops, stack: Stack, console: ConsoleTask, psql: StandIn, aws: Calls
    ) -> None:
        stack.publish(protected=True)
        refused = ops("psql", input="n\n")
        assert "starts a console task of release 3 for the database" in refused.err
        assert "ecs:RunTask" not in aws.made
        done = ops("psql", "--write", input="staging\n")
        assert done.code == 0, "who has agreed to write need not agree to the way"
        assert "This logs in" in done.err
        assert "starts a console task of" not in done.err

    def test_that_is_not_started_for_want_of_a_program(
        self,
        ops: Ops,
        console: ConsoleTask,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path_factory: pytest.TempPathFactory,
    ) -> None:
        folder = tmp_path_factory.mktemp("programs")
        without_programs(monkeypatch, folder)
        assert "This needs psql" in ops("psql").err
        install(monkeypatch, folder, "psql")
        without_programs(monkeypatch, folder)
        assert "session-manager-plugin, and it is not on" in ops("psql").err
        assert "ecs:RunTask" not in aws.made


def test_it_needs_what_it_asks(
    ops: Ops, running: Running, plugin: StandIn, psql: StandIn, aws: Calls
) -> None:
    ops("psql", "--owner", "--yes")
    nobody_enters(running)
    ConsoleTask(aws, running).states = [ready()]
    assert ops("psql").code == 0
    unseen = ("rds-db:connect", "kms:Decrypt", "ssmmessages:OpenDataChannel")
    check_needs("psql", aws.made, unseen=(*unseen, "iam:PassRole", "ecs:TagResource"))
