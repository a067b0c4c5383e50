"""Secrets, migrations and a maintenance: updates of a stack that somebody operates meanwhile.

Each test goes on where the one before ended.
"""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from emulated.network import AWS_ADDRESS, ENGINE_ADDRESS
from tests.engine.containers.migrations import BROKEN, GOOD, write_migration
from tests.engine.containers.person import Person
from tests.engine.releasing import PREFIX, Project
from tests.engine.updating import STACK, wait_until
from tests.engine.visitor import Visitor

pytestmark = pytest.mark.containers

SECRET = "sk-hunter2-hunter2"
PAGE = "<!doctype html><title>Later</title><h1>We are back at nine.</h1>"
ASK = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[1], int(sys.argv[2]))
connection.request("GET", "/polls/1", headers={"Host": sys.argv[3]})
print(connection.getresponse().status)
"""


def _from_elsewhere(project: Project) -> str:
    """The status that a neighbour of the tasks gets, at another address than this machine's."""
    port = str(urlsplit(project.cloud.endpoint_url).port)
    host = urlsplit(project.page).netloc
    return project.within("web", "python", "-c", ASK, AWS_ADDRESS, port, host).strip()


def test_a_secret_reaches_tasks_and_stands_nowhere_else(project: Project, person: Person) -> None:
    owner_password = project.rotate_owner_secret()
    person.ops("secrets", "set", "PAYMENT_KEY", "--yes", typed=SECRET)
    person.ops("config", "set", "GREETING=good day", "--yes")
    assert SECRET not in (project.folder / f"Pulumi.{STACK}.yaml").read_text(), "it lies open"
    listed = person.ops("secrets").out + person.ops("config").out
    assert "PAYMENT_KEY" in listed
    assert "good day" in listed
    done = project.up()
    assert "A rollback is in force: release 1 serves again, as release 3" in done.said
    release, before = project.releases[:2]
    assert release.configuration != before.configuration, "it is no release of its own"
    assert release.phase.exit_code == 0, "the owner's new password did not reach the release task"
    environment = project.environment_of("web")
    assert (environment["PAYMENT_KEY"], environment["GREETING"]) == (SECRET, "good day")
    assert "DATABASE_PASSWORD" not in environment, "the application has a password to lose"
    assert not [name for name in environment if "OWNER" in name], "it could drop every table"
    told = [listed, done.said, done.printed, str(project.releases), project.logs, project.state]
    told += [str(project.definition(name)) for name in ("release", "web", "worker", "schedule")]
    for secret in (SECRET, owner_password):
        assert not [text for text in told if secret in text], "a secret can be read"


def test_an_update_after_a_rollback_brings_back_what_the_program_describes(
    project: Project,
) -> None:
    style = Visitor(project.page).get("/static/site.css").text
    assert ".rolled-out" in style, "the image that was rolled back to still serves"


def test_a_migration_that_fails_changes_no_service(project: Project) -> None:
    before = project.revisions()
    write_migration(project, BROKEN)
    said = project.fail()
    assert "A rollback is in force" not in said, "it is over"
    assert "division by zero" in said, "nobody learns why"
    assert re.search(r"exit code:? 1\b", said, re.IGNORECASE), f"how did it end?\n{said[-3000:]}"
    assert project.revisions() == before, "a service runs what the schema does not bear"
    release = project.releases[0]
    assert (release.verdict, release.phase.outcome) == ("failed", "failed")


def test_maintenance_shows_visitors_a_page_and_stops_workers(
    project: Project, person: Person, tmp_path: Path
) -> None:
    (page := tmp_path / "page.html").write_text(PAGE)
    on = ("maintenance", "on", "--page", str(page), "--workers", "stop", "--yes")
    person.ops(*on)
    answer = Visitor(project.page).get("/polls/1")
    assert (answer.status_code, answer.text) == (503, PAGE)
    assert answer.headers["Retry-After"] == "300"
    wait_until(
        lambda: not [*project.containers("worker"), *project.containers("schedule")],
        "end of the workers",
        90,
    )
    assert "worker: stopped for maintenance" in person.ops("ps").out

    person.ops(*on, "--allow", ENGINE_ADDRESS)
    assert Visitor(project.page).get("/polls/1").status_code == 200, "it was let through"
    assert _from_elsewhere(project) == "503", "everybody is let through"


def test_an_update_during_maintenance_neither_ends_it_nor_minds_it(
    project: Project, person: Person
) -> None:
    write_migration(project, GOOD)
    project.up()
    release = project.releases[0]
    assert release.verdict == "succeeded"
    assert release.restore_point is not None, "there is nothing to go back to"
    assert release.restore_point.snapshot_id == f"{PREFIX}-release-{release.number}"
    assert person.ops("maintenance", "--json").document["state"] == "on"
    assert _from_elsewhere(project) == "503", "the update has ended it"
    assert Visitor(project.page).get("/polls/1").status_code == 200
    assert not project.containers("worker"), "the update has started a worker"


def test_the_end_of_a_maintenance_puts_everything_back(project: Project, person: Person) -> None:
    person.ops("maintenance", "off", "--yes")
    assert _from_elsewhere(project) == "200"
    back = f": 1 of 1 running, 1 healthy, release {project.releases[0].number}"
    wait_until(lambda: person.ops("ps").out.count(back) == 2, "worker and schedule in ps", 90)
    assert person.ops("maintenance", "--json").document["state"] == "off"
