"""Updates that fail, are interrupted or meet another one, and the end of the stack.

Each test goes on where the one before ended.
"""

import re
import signal

import pytest

from tests.engine.containers.migrations import SLOW, write_migration
from tests.engine.containers.person import Person
from tests.engine.releasing import Project
from tests.engine.updating import wait_until
from tests.engine.visitor import Crowd

pytestmark = pytest.mark.containers

SERVE = "        from app.server import ServerError, serve\n"
ASKED_TO_STOP = pytest.param(signal.SIGTERM, id="asked to stop")
KILLED = pytest.param(signal.SIGKILL, id="killed")


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        pytest.param(
            ("app/__main__.py", SERVE, f"{SERVE}        sys.exit(7)\n"),
            r"exit code:? 7\b",
            id="ends at its start",
        ),
        pytest.param(
            ("app/observability/health.py", '"alive"}, 200', '"ill"}, 500'),
            r"\b500\b",
            id="is not healthy",
            marks=pytest.mark.long,
        ),
    ],
    indirect=["broken"],
)
@pytest.mark.usefixtures("broken")
def test_an_image_that_does_not_serve_is_rolled_back_and_fails_the_update(
    project: Project, person: Person, reason: str
) -> None:
    before = project.revision("web")
    with Crowd(project.page, "/polls/1/results", visitors=1) as crowd:
        running = project.begin()
        wait_until(
            lambda: re.search(reason, person.ops("ps", "web").out) is not None, "reason in ps"
        )
        done = running.end()
    said = done.said
    assert done.code != 0, f"up says that all is well:\n{said[-6000:]}"
    assert not crowd.failed, f"requests were lost: {crowd.failed[:3]}"
    assert re.search(reason, said, re.IGNORECASE), f"nobody learns why:\n{said[-5000:]}"
    assert project.releases[0].verdict == "failed"
    wait_until(lambda: project.revision("web") == before, "rollback by ECS")


@pytest.mark.long
def test_after_failures_the_good_image_is_released_again(project: Project) -> None:
    project.up()
    newest = project.releases[0]
    assert newest.verdict == "succeeded"
    project.up()
    assert project.releases[0] == newest, "nothing changed, and yet there is a release"


@pytest.mark.long
def test_a_changed_size_replaces_that_process_alone_without_a_release_phase(
    project: Project,
) -> None:
    before = project.revisions()
    project.change({"processes.worker.memory-mib": 1024})
    said = project.up().said
    after = project.revisions()
    assert {name for name in after if after[name] != before[name]} == {"worker"}
    assert "release | " not in said, "migrations run though nothing about them changed"
    release = project.releases[0]
    assert (release.verdict, release.phase.outcome) == ("succeeded", "not needed")


@pytest.mark.long
@pytest.mark.parametrize("number", [ASKED_TO_STOP, KILLED])
def test_an_update_cut_off_in_its_release_phase_is_taken_up(
    project: Project, number: signal.Signals
) -> None:
    write_migration(project, f"{SLOW} -- {number.name}")
    project.forget_migration()
    running = project.begin()
    running.wait_for("RUNNING")
    (task,) = project.release_tasks()
    running.send(number)
    assert running.end().code != 0, "what was cut off says that it succeeded"
    begun = project.releases[0]
    project.up()
    release = project.releases[0]
    assert (release.number, release.verdict) == (begun.number, "succeeded")
    assert release.phase.task_arn == task, "a second release task ran"


@pytest.mark.long
@pytest.mark.parametrize("number", [ASKED_TO_STOP, KILLED])
def test_an_update_cut_off_in_its_rollout_is_taken_up(
    project: Project, number: signal.Signals
) -> None:
    project.change({"config.GREETING": f"hello {number.name}"})
    running = project.begin()
    running.wait_for("web: ")
    running.send(number)
    assert running.end().code != 0, "what was cut off says that it succeeded"
    project.up()
    release = project.releases[0]
    assert release.verdict == "succeeded"
    assert release.task_definitions["web"] == project.revision("web")


@pytest.mark.long
def test_a_second_update_at_the_same_time_is_refused(project: Project) -> None:
    project.change({"config.GREETING": "hello twice"})
    first, count = project.begin(), len(project.releases)
    first.wait_for("release | ")
    second = project.pulumi("up", "--yes", "--skip-preview")
    assert second.returncode != 0, "two updates work on one stack"
    assert "locked" in second.stdout + second.stderr, "nobody learns why"
    assert first.end().code == 0, "the second disturbed the first"
    assert len(project.releases) == count + 1, "two releases were made of one"


def test_a_stack_can_be_destroyed_during_maintenance_and_while_its_release_task_runs(
    project: Project, person: Person
) -> None:
    write_migration(project, f"{SLOW} -- to the end")
    project.forget_migration()
    running = project.begin()
    running.wait_for("RUNNING")
    running.send(signal.SIGKILL)
    running.end()
    assert project.release_tasks(), "nothing runs: the test proves nothing"
    project.pulumi("cancel", "--yes")
    person.ops("maintenance", "on", "--workers", "stop", "--yes")
    done = project.pulumi("destroy", "--yes", "--skip-preview")
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-2000:]}"
    assert "stopping the task" in done.stdout, "the cluster was deleted under its task"
    elbv2, functions = project.client("elbv2"), project.client("lambda")
    assert not elbv2.describe_load_balancers()["LoadBalancers"]
    assert not elbv2.describe_target_groups()["TargetGroups"], "the page's is left"
    assert not functions.list_functions()["Functions"], "what shows the page is left"
    assert not project.client("dynamodb").list_tables()["TableNames"], "the page itself is left"
