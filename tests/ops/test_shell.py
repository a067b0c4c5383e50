"""`shell PROCESS` and `exec`: a terminal in a running task, or what is missing for one."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from ops import journal
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.programs import write_program
from tests.ops.running import Running
from tests.ops.stack import CLUSTER, PREFIX, Stack
from tests.ops.stand_in import RUNTIME, SESSION_VARIABLE, StandIn, install, let_in, without_programs

ANSWER = {
    "session": {
        "sessionId": "ecs-execute-command-1",
        "streamUrl": "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/1",
        "tokenValue": "secret-token",
    }
}
TERMINAL = ""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, aws: Calls) -> StandIn:
    aws.answer("ecs:ExecuteCommand", ANSWER)
    return install(monkeypatch, tmp_path, "session-manager-plugin")


def _notes(stack: Stack) -> list[str]:
    table = stack.outputs.releases_table_name
    return [entry.what for entry in journal.newest(stack.dynamodb, table, 10)]


def test_a_shell_is_the_best_that_the_task_has(
    ops: Ops, stack: Stack, running: Running, plugin: StandIn, aws: Calls
) -> None:
    task = let_in(running)
    done = ops("shell", "web", input=TERMINAL)
    assert done.code == 0, done.err
    asked = aws.with_parameters("ecs:ExecuteCommand")[0]
    assert asked["cluster"] == CLUSTER
    assert asked["task"] == task
    assert asked["container"] == "web"
    assert asked["command"].startswith("sh -c 'if command -v bash")
    assert _notes(stack) == [f"ran a shell in web.{task[:8]}"]


def test_the_plugin_gets_the_session_and_nobody_sees_its_token(
    ops: Ops, running: Running, plugin: StandIn
) -> None:
    task = let_in(running)
    ops("exec", "web", "--", "ls", "-l", "/tmp", input=TERMINAL)
    assert plugin.words[:4] == [SESSION_VARIABLE, "us-east-1", "StartSession", ""]
    assert json.loads(plugin.words[4]) == {"Target": f"ecs:{CLUSTER}_{task}_{task}-{RUNTIME}"}
    assert plugin.words[5] == "https://ecs.us-east-1.amazonaws.com"
    assert "secret-token" not in "".join(plugin.words), "every user here could see it"
    assert plugin.session == {
        "SessionId": "ecs-execute-command-1",
        "StreamUrl": ANSWER["session"]["streamUrl"],
        "TokenValue": "secret-token",
    }


def test_an_older_plugin_gets_the_session_in_the_only_way_it_knows(
    ops: Ops, running: Running, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(running)
    install(monkeypatch, plugin.folder, plugin.name, version="1.2.497.0")
    assert ops("shell", "web", input=TERMINAL).code == 0
    assert json.loads(plugin.words[0])["TokenValue"] == "secret-token"
    assert SESSION_VARIABLE not in plugin.environment


def test_a_command_goes_to_the_task_that_was_named_word_by_word(
    ops: Ops, stack: Stack, running: Running, plugin: StandIn, aws: Calls
) -> None:
    let_in(running)
    running.add_task("web")
    task = let_in(running)
    second = running.tasks[-1]["taskArn"].rpartition("/")[2]
    assert second != task
    for name in (second[:8], f"web.{second[:8]}", second):
        ops("exec", name, "--", "echo", "a b", "$HOME", input=TERMINAL)
    asked = aws.with_parameters("ecs:ExecuteCommand")
    assert {each["task"] for each in asked} == {second}
    assert asked[0]["command"] == "echo 'a b' '$HOME'"
    assert _notes(stack)[0] == f"ran echo 'a b' '$HOME' in web.{second[:8]}"


def test_the_processs_own_container_is_entered(
    ops: Ops, running: Running, plugin: StandIn, aws: Calls
) -> None:
    task = let_in(running)
    agent = {"name": "ExecuteCommandAgent", "lastStatus": "STOPPED"}
    guard = {"name": "aws-guardduty-agent-4Z", "runtimeId": "other", "managedAgents": [agent]}
    running.tasks[0]["containers"].insert(0, guard)
    assert ops("exec", "web", "--", "ls", input=TERMINAL).code == 0
    assert aws.with_parameters("ecs:ExecuteCommand")[0]["container"] == "web"
    assert json.loads(plugin.words[4]) == {"Target": f"ecs:{CLUSTER}_{task}_{task}-{RUNTIME}"}
    there = ops("exec", "ffff", "--", "ls", input=TERMINAL).err
    assert f"web.{task[:8]}" in there
    assert "guardduty" not in there, "nobody would know that name"


def test_the_exit_code_is_the_plugins(
    ops: Ops, running: Running, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in(running)
    install(monkeypatch, plugin.folder, plugin.name, body="exit 3")
    assert ops("shell", "web", input=TERMINAL).code == 3


class TestMissing:
    """Each thing that can be missing has its own message, with the fix."""

    def test_plugin_is_named_with_where_it_is_to_be_had(
        self,
        ops: Ops,
        running: Running,
        aws: Calls,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        let_in(running)
        without_programs(monkeypatch, tmp_path)
        done = ops("shell", "web", input=TERMINAL)
        assert done.code == 1
        assert "session-manager-plugin, and it is not on this machine's PATH" in done.err
        assert "brew install --cask session-manager-plugin" in done.err
        assert "install-plugin.html" in done.err
        assert "ecs:ExecuteCommand" not in aws.made, "a session that nobody joins"

    def test_plugin_that_does_not_work_says_what_it_said(
        self, ops: Ops, running: Running, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install(monkeypatch, plugin.folder, plugin.name, version="cannot execute binary file")
        done = ops("shell", "web", input=TERMINAL)
        assert "does not tell its version: cannot execute binary file" in done.err

    def test_plugin_of_another_machine_is_named(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        (plugin.folder / plugin.name).write_bytes(b"\x7fELF\x02 of another processor")
        for words in (("shell",), ("exec", "web", "--", "ls"), ("tunnel", "5433")):
            done = ops(*words, input=TERMINAL)
            assert done.code == 1
            assert "version: it is built for another kind of machine, or broken\n" in done.err

    def test_plugin_that_hangs_is_not_waited_for(
        self, ops: Ops, running: Running, plugin: StandIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("ops.sessions.plugin._VERSION_SECONDS", 0.1)
        write_program(plugin.folder / plugin.name, "exec sleep 60")
        assert "no answer within" in ops("shell", "web", input=TERMINAL).err

    def test_terminal_points_to_what_needs_none(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        done = ops("exec", "web", "--", "ls")
        assert done.code == 2
        assert "ECS Exec needs a terminal" in done.err
        assert "`bin/ops run -- COMMAND`" in done.err
        assert "has no JSON" in ops("exec", "web", "--json", "--", "ls", input=TERMINAL).err

    def test_setting_is_named_with_its_file(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        done = ops("shell", "web", input=TERMINAL)
        assert done.code == 1
        assert "ECS Exec is switched off for them" in done.err
        assert "`bin/ops shell` opens a shell in a task of its own" in done.err
        assert "`exec-enabled: true` there and run `make up STACK=staging`" in done.err
        assert "Pulumi.staging.yaml" in done.err

    def test_setting_that_came_after_the_task_asks_for_a_restart(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        running.services["web"]["enableExecuteCommand"] = True
        done = ops("shell", "web", input=TERMINAL)
        assert "is older than the setting" in done.err
        assert "`bin/ops restart web`" in done.err

    def test_process_that_nobody_may_enter_points_to_run(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        done = ops("shell", "worker", input=TERMINAL)
        assert "Tasks of worker cannot be entered: only those of web and consoles" in done.err
        assert "`bin/ops run --process worker -- COMMAND`" in done.err

    def test_service_of_a_task_says_that_it_cannot_be_entered(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        task = running.add_task("web", group=f"family:{PREFIX}-web", startedBy="ops-run/ada")
        done = ops("exec", task[:8], "--", "ls", input=TERMINAL)
        assert "is neither a console nor one of web, and only those can be entered" in done.err

    @pytest.mark.parametrize(
        ("agent", "reason", "said"),
        [
            ("PENDING", "", "its exec agent pending: it cannot be entered yet"),
            ("STOPPED", "Timed out", "has stopped (Timed out), so it cannot be entered"),
        ],
    )
    def test_agent_is_told_with_its_state(
        self, ops: Ops, running: Running, plugin: StandIn, agent: str, reason: str, said: str
    ) -> None:
        let_in(running, agent=agent, reason=reason)
        assert said in ops("shell", "web", input=TERMINAL).err

    def test_connection_of_the_agent_names_what_it_needs(
        self, ops: Ops, running: Running, plugin: StandIn, aws: Calls
    ) -> None:
        task = let_in(running)
        aws.refuse("ecs:ExecuteCommand", "TargetNotConnectedException", "not connected")
        done = ops("shell", "web", input=TERMINAL)
        assert f"AWS cannot reach the exec agent of web.{task[:8]}" in done.err
        assert "reach ssmmessages on port 443" in done.err
        aws.refuse("ecs:ExecuteCommand", "InvalidParameterException", "agent isn't running")
        assert "repeat this in half a minute" in ops("shell", "web", input=TERMINAL).err

    def test_permission_is_told_with_the_policy(
        self, ops: Ops, running: Running, plugin: StandIn, aws: Calls
    ) -> None:
        let_in(running)
        aws.refuse("ecs:ExecuteCommand", "AccessDeniedException")
        done = ops("shell", "web", input=TERMINAL)
        assert "may not do that" in done.err
        assert "`bin/ops permissions shell --stack staging`" in done.err

    def test_task_is_answered_with_those_that_there_are(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        task = let_in(running)
        done = ops("exec", "ffff", "--", "ls", input=TERMINAL)
        assert done.code == 2
        assert "There is no running task 'ffff'; there are: " in done.err
        assert f"web.{task[:8]}" in done.err
        assert "is the beginning of several tasks" in ops("shell", "0", input=TERMINAL).err

    def test_tasks_of_a_process_point_to_ps(
        self, ops: Ops, running: Running, plugin: StandIn
    ) -> None:
        running.serve("web", tasks=0)
        done = ops("shell", "web", input=TERMINAL)
        assert "No task of web runs" in done.err
        assert "`bin/ops ps web`" in done.err

    def test_command_is_asked_for(self, ops: Ops, running: Running) -> None:
        assert "bin/ops exec web -- ps aux" in ops("exec", "web", input=TERMINAL).err


def test_a_task_that_can_be_entered_is_chosen_among_those_that_cannot(
    ops: Ops, running: Running, plugin: StandIn, aws: Calls
) -> None:
    old = let_in(running)
    running.add_task("web", createdAt=running.now)
    let_in(running)
    running.tasks[-1]["containers"][0]["managedAgents"][0]["lastStatus"] = "STOPPED"
    assert ops("shell", "web", input=TERMINAL).code == 0
    assert aws.with_parameters("ecs:ExecuteCommand")[0]["task"] == old


def test_the_newest_task_is_chosen_that_is_to_stay(
    ops: Ops, running: Running, plugin: StandIn, aws: Calls
) -> None:
    hour = timedelta(hours=1)
    new = running.add_task("web", createdAt=running.now)
    newest = running.add_task("web", createdAt=running.now + hour, desiredStatus="STOPPED")
    let_in(running)
    assert ops("shell", "web", input=TERMINAL).code == 0
    assert ops("shell", newest, input=TERMINAL).code == 0, "who names a task means it"
    entered = [asked["task"] for asked in aws.with_parameters("ecs:ExecuteCommand")]
    assert entered == [new, newest], "a rollout is about to stop the oldest"


def test_a_protected_stack_asks_first(
    ops: Ops, stack: Stack, running: Running, plugin: StandIn, aws: Calls
) -> None:
    task = let_in(running)
    stack.publish(protected=True)
    refused = ops("shell", "web", input="n\n")
    assert f"In staging this runs a shell in web.{task[:8]}" in refused.err
    assert "ecs:ExecuteCommand" not in aws.made
    assert _notes(stack) == []
    assert ops("shell", "web", input="y\n").code == 0


def test_it_needs_what_it_asks(ops: Ops, running: Running, plugin: StandIn, aws: Calls) -> None:
    ops("exec", "web", "--", "ls", input=TERMINAL)
    let_in(running)
    ops("exec", "web", "--", "ls", input=TERMINAL)
    check_needs("exec", aws.made, unseen=("kms:GenerateDataKey", "ssmmessages:OpenDataChannel"))
