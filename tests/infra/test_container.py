"""The container of each process: hardened, told when to stop, checked where it can be."""

from collections.abc import Mapping
from typing import Any

import pytest

from infra.container import EXEC_PATHS, HEALTH_START_SECONDS, Container, definition
from infra.procfile import read_procfile
from planning.recording import Recording
from tests.infra.planned import container, environment, plan, processes, secrets, task
from tests.support.stacks import PROCFILE
from tests.support.tokens import SERVICE

PURE = Container(
    process="clock",
    image="example/app@sha256:0",
    command=["run"],
    region="us-east-1",
    log_group="/x/clock",
    stop_timeout_seconds=20,
    environment={"B": "2", "A": "1"},
    secrets={"D": "arn:d", "C": "arn:c"},
)


class TestEveryContainer:
    """What somebody who breaks in finds: nothing to write to, no rights, no tools."""

    def test_cannot_write_but_to_its_scratch_space(self, prod: Recording) -> None:
        for process in processes(prod):
            found = container(prod, process)
            assert found["readonlyRootFilesystem"] is True, "a break-in could stay"
            mounts = [(each["containerPath"], each["readOnly"]) for each in found["mountPoints"]]
            helper = [(path, False) for path in EXEC_PATHS.values()]
            wanted = [("/tmp", False), *(helper if process == "console" else [])]
            assert mounts == wanted, "the application cannot write, or too much"

    def test_runs_as_a_numbered_user_without_rights(self, prod: Recording) -> None:
        for process in processes(prod):
            found = container(prod, process)
            assert found["user"] == "10001:10001", "root in the container is root on the way out"
            assert "privileged" not in found
            assert found["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}, (
                "it may change networks"
            )

    def test_has_an_init_process(self, prod: Recording) -> None:
        for process in processes(prod):
            assert container(prod, process)["linuxParameters"]["initProcessEnabled"] is True, (
                "SIGTERM is lost and every stop takes half a minute"
            )

    def test_is_named_and_logged_by_its_process(self, prod: Recording) -> None:
        for process in processes(prod):
            found = container(prod, process)
            log = found["logConfiguration"]
            assert found["name"] == process, "nobody finds its exit code"
            assert log["logDriver"] == "awslogs"
            assert log["options"]["mode"] == "non-blocking", "a slow log stops the application"
            group = "exec" if process == "console" else process
            assert log["options"]["awslogs-group"] == f"/flaskapp-prod/{group}", "it is elsewhere"
            assert log["options"]["awslogs-stream-prefix"] == process, "nobody finds its lines"
            assert log["options"]["awslogs-region"] == "us-east-1"
            assert "max-buffer-size" in log["options"]

    def test_is_described_in_the_order_in_which_aws_returns_it(self, prod: Recording) -> None:
        for process in processes(prod):
            for part in ("environment", "secrets"):
                names = [each["name"] for each in container(prod, process)[part]]
                assert names == sorted(names), "each preview shows a change that is none"

    def test_holds_nothing_empty(self, prod: Recording, bare: Recording) -> None:
        for recording in (prod, bare):
            for process in processes(recording):
                found = container(recording, process)
                empty = [key for key, value in found.items() if value in (None, [], {}, "")]
                assert not empty, "AWS leaves these out, and each preview shows a change"


class TestCommands:
    """Plain words, as the Procfile has them."""

    def test_are_those_of_the_procfile(self, prod: Recording) -> None:
        procfile = read_procfile(PROCFILE)
        for process in procfile.processes:
            assert container(prod, process.name)["command"] == process.argv({}), (
                "another process runs under this name"
            )

    def test_have_their_variables_replaced(self) -> None:
        text = "web: run $PORT ${WORKERS}\njob: run $STOP_TIMEOUT\n"
        job = {"processes": {"job": _job(stop_timeout_seconds=33)}, "queues": {}}
        found = plan({**job, "config": {"WORKERS": "a b"}}, procfile=text)
        assert container(found, "web")["command"] == ["run", "8000", "a b"], (
            "there is no shell in the image that would do it"
        )
        assert container(found, "job")["command"] == ["run", "33"], "the time that web has"


def _job(*, stop_timeout_seconds: int) -> dict[str, object]:
    return {
        "cpu-units": 256,
        "memory-mib": 512,
        "spot": False,
        "min-tasks": 1,
        "max-tasks": 1,
        "stop-timeout-seconds": stop_timeout_seconds,
        "threads": 1,
        "health-command": "",
    }


class TestStopping:
    """From SIGTERM to SIGKILL each process has its time, and knows it."""

    @pytest.mark.parametrize(
        ("process", "seconds"), [("web", 45), ("worker", 90), ("schedule", 20), ("release", 120)]
    )
    def test_takes_as_long_as_the_settings_say(
        self, tuned: Recording, process: str, seconds: int
    ) -> None:
        assert container(tuned, process)["stopTimeout"] == seconds, "work is cut off"
        assert environment(tuned, process)["STOP_TIMEOUT"] == str(seconds), "it does not know"


class TestHealth:
    """The balancer asks web; a job can only be asked inside."""

    def test_of_web_is_asked_where_it_listens(self, prod: Recording) -> None:
        web = container(prod)
        assert "healthCheck" not in web, "it is asked twice, and stopped by whoever is quicker"
        (port,) = web["portMappings"]
        assert (port["containerPort"], port["hostPort"], port["protocol"]) == (8000, 8000, "tcp")

    def test_of_a_job_is_asked_by_its_command(self, tuned: Recording) -> None:
        check = container(tuned, "worker")["healthCheck"]
        assert check["command"] == ["CMD-SHELL", "test -e /tmp/alive"], "the setting does nothing"
        assert check["interval"] * check["retries"] <= 30, "a job that hangs is noticed too late"
        assert check["startPeriod"] == HEALTH_START_SECONDS, "it is stopped while it starts"

    def test_of_a_job_without_a_command_is_that_it_runs(self, bare: Recording) -> None:
        assert "healthCheck" not in container(bare, "worker"), "ECS refuses an empty command"

    def test_of_the_release_task_is_its_exit_code(self, prod: Recording) -> None:
        assert "healthCheck" not in container(prod, "release"), "a long migration is interrupted"

    def test_only_web_listens(self, prod: Recording) -> None:
        listening = [name for name in processes(prod) if "portMappings" in container(prod, name)]
        assert listening == ["web"], "a way into a task that nobody watches"


class TestExec:
    """Its helper writes beside the read-only root."""

    def test_has_places_to_write_to_where_it_is_on(self, bare: Recording) -> None:
        paths = {each["containerPath"] for each in container(bare)["mountPoints"]}
        assert paths == {"/tmp", *EXEC_PATHS.values()}, "a session never opens on a read-only root"
        assert container(bare)["readonlyRootFilesystem"] is True, "exec costs the read-only root"

    def test_is_for_web_and_consoles_alone(self, bare: Recording) -> None:
        for process in set(processes(bare)) - {"web", "console"}:
            paths = [each["containerPath"] for each in container(bare, process)["mountPoints"]]
            assert paths == ["/tmp"], "a way into the task that has the owner's password"


class TestTheConsole:
    """A task of its own for a person to enter: web in everything but what it does."""

    def test_waits_for_an_hour_and_then_ends_by_itself(self, prod: Recording) -> None:
        assert container(prod, "console")["command"] == ["sleep", "3600"], (
            "one that nobody has stopped costs money for ever"
        )

    def test_ends_as_soon_as_it_is_told_to(self, prod: Recording) -> None:
        assert container(prod, "console")["stopTimeout"] == 2, "nothing in it needs time to end"

    def test_is_told_what_web_is(self, tuned: Recording) -> None:
        assert environment(tuned, "console") == environment(tuned, "web"), "it tries something else"
        assert secrets(tuned, "console") == secrets(tuned, "web")
        sizes = [(found["cpu"], found["memory"]) for found in _inputs(tuned, "console", "web")]
        assert sizes[0] == sizes[1], "what web can do runs out of memory there"

    def test_is_no_service(self, prod: Recording) -> None:
        assert "flaskapp-prod-console" not in {each.name for each in prod.of_type(SERVICE)}
        assert "portMappings" not in container(prod, "console")
        assert "healthCheck" not in container(prod, "console")


def _inputs(recording: Recording, *names: str) -> list[Mapping[str, Any]]:
    return [task(recording, name).inputs for name in names]


class TestTheDefinition:
    """Without Pulumi: what is said is what ECS gets."""

    def test_sorts_what_it_is_given(self) -> None:
        found = definition(PURE)
        assert [each["name"] for each in found["environment"]] == ["A", "B"]
        assert [each["name"] for each in found["secrets"]] == ["C", "D"]

    def test_says_nothing_of_what_is_not_there(self) -> None:
        assert not {"portMappings", "healthCheck"} & set(definition(PURE))
