"""Releases of the whole stack in containers: each test goes on where the one before ended."""

import re
import signal
from collections.abc import Iterator

import pytest

from emulated import cloud
from emulated.settings import CloudSettings
from tests.engine.releasing import PREFIX, Project, wait_until
from tests.engine.visitor import Crowd, Visitor

pytestmark = pytest.mark.containers

STYLE = "app/static/site.css"
REQUESTS = 10_000
BROKEN, SLOW, GOOD = "SELECT 1 / 0", "SELECT pg_sleep(30)", "SELECT 1"
SECRET = "sk-hunter2-hunter2"
SERVE = "        from app.server import ServerError, serve\n"
ASKED_TO_STOP = pytest.param(signal.SIGTERM, id="asked to stop")
KILLED = pytest.param(signal.SIGKILL, id="killed")


@pytest.fixture
def broken(request: pytest.FixtureRequest, project: Project) -> Iterator[None]:
    """One file of the application changed for one test: path, old text, new text."""
    path, old, new = request.param
    whole = (project.folder / path).read_text()
    project.edit(path, old, new)
    yield
    (project.folder / path).write_text(whole)


def write_migration(project: Project, statement: str) -> None:
    """Make this the newest migration of the copy."""
    versions = project.folder / "app" / "migrations" / "versions"
    head = max(path.stem[:4] for path in versions.glob("0*.py"))
    (versions / "9001_test.py").write_text(
        f"""from alembic import op

revision, down_revision = "9001", "{head}"


def upgrade() -> None:
    op.execute("{statement}")
"""
    )


def test_the_first_release_serves_and_is_recorded(project: Project) -> None:
    done = project.up()
    assert "release | " in done.said, "nobody sees what the release phase does"
    visitor = Visitor(done.address)
    visitor.register("ada@example.org", "correct horse battery")
    poll = visitor.open_poll("Tea or coffee?", "Tea", "Coffee")
    visitor.vote(poll, "Tea")
    assert visitor.votes(poll) == [1, 0]
    running = cloud.status(settings=CloudSettings(folder=project.folder)).resources
    assert running["ecs"] == 4, "two tasks serve, one works, one keeps the time"
    assert running["rds"] == 1, "the database must be a real Postgres"
    (release,) = project.releases
    assert (release.number, release.verdict, release.phase.exit_code) == (1, "succeeded", 0)
    assert release.task_definitions["web"] == project.revision("web")
    assert release.image == done.outputs["image"]


def test_a_new_image_is_rolled_out_without_losing_one_of_ten_thousand_requests(
    project: Project,
) -> None:
    before = project.revisions()
    project.edit(STYLE, ":root", ".rolled-out { color: inherit; }\n:root")
    with Crowd(project.page, "/polls/1/results") as crowd:
        project.up()
        crowd.go_on_until(REQUESTS)
    assert not crowd.failed, f"{len(crowd.failed)} of {crowd.answered} lost: {crowd.failed[:3]}"
    visitor = Visitor(project.page)
    assert ".rolled-out" in visitor.get("/static/site.css").text, "the old image still serves"
    assert visitor.votes("/polls/1") == [1, 0], "the vote was lost with the old tasks"
    assert not set(before.values()) & set(project.revisions().values()), "an old task still runs"


def test_a_secret_reaches_tasks_and_stands_nowhere_else(project: Project) -> None:
    owner_password = project.rotate_owner_secret()
    project.set_secret("PAYMENT_KEY", SECRET)
    project.change({"config.GREETING": "good day"})
    done = project.up()
    release, before = project.releases[:2]
    assert release.configuration != before.configuration, "it is no release of its own"
    assert release.phase.exit_code == 0, "the owner's new password did not reach the release task"
    environment = project.environment_of("web")
    assert (environment["PAYMENT_KEY"], environment["GREETING"]) == (SECRET, "good day")
    assert "DATABASE_PASSWORD" not in environment, "the application has a password to lose"
    assert not [name for name in environment if "OWNER" in name], "it could drop every table"
    told = [done.said, done.printed, str(project.releases), project.logs, project.state]
    told += [str(project.definition(name)) for name in ("release", "web", "worker", "schedule")]
    for secret in (SECRET, owner_password):
        assert not [text for text in told if secret in text], "a secret can be read"


def test_a_migration_that_fails_changes_no_service(project: Project) -> None:
    before = project.revisions()
    write_migration(project, BROKEN)
    said = project.fail()
    assert "division by zero" in said, "nobody learns why"
    assert re.search(r"exit code:? 1\b", said, re.IGNORECASE), f"how did it end?\n{said[-3000:]}"
    assert project.revisions() == before, "a service runs what the schema does not bear"
    release = project.releases[0]
    assert (release.verdict, release.phase.outcome) == ("failed", "failed")

    write_migration(project, GOOD)
    project.up()
    release = project.releases[0]
    assert release.verdict == "succeeded"
    assert release.restore_point is not None, "there is nothing to go back to"
    assert release.restore_point.snapshot_id == f"{PREFIX}-release-{release.number}"


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
    project: Project, reason: str
) -> None:
    before = project.revision("web")
    with Crowd(project.page, "/polls/1/results", visitors=1) as crowd:
        said = project.fail()
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


def test_a_stack_whose_release_task_runs_can_be_destroyed(project: Project) -> None:
    write_migration(project, f"{SLOW} -- to the end")
    project.forget_migration()
    running = project.begin()
    running.wait_for("RUNNING")
    running.send(signal.SIGKILL)
    running.end()
    assert project.release_tasks(), "nothing runs: the test proves nothing"
    project.pulumi("cancel", "--yes")
    done = project.pulumi("destroy", "--yes", "--skip-preview")
    assert done.returncode == 0, f"{done.stdout[-4000:]}{done.stderr[-2000:]}"
    assert "stopping the task" in done.stdout, "the cluster was deleted under its task"
