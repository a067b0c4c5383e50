"""An update and what verbs do to tasks, under visitors who ask on and on: none of them may notice.

Each test goes on where the one before ended.
"""

from collections.abc import Iterator

import pytest

from tests.engine.containers.person import Person
from tests.engine.releasing import Project
from tests.engine.updating import wait_until
from tests.engine.visitor import Crowd, Visitor

pytestmark = pytest.mark.containers

STYLE = "app/static/site.css"
REQUESTS = 10_000


@pytest.fixture(scope="module")
def crowd(project: Project) -> Iterator[Crowd]:
    with Crowd(project.page, "/polls/1/results") as crowd:
        yield crowd


def _nothing_lost(crowd: Crowd) -> None:
    failed = crowd.take_failed()
    assert not failed, f"{len(failed)} requests lost: {failed[:3]}"


def _style(project: Project) -> str:
    return Visitor(project.page).get("/static/site.css").text


def _tasks(person: Person, process: str) -> set[str]:
    (found,) = person.ops("ps", process, "--json").document["processes"]
    return {task["id"] for task in found["tasks"]}


def test_a_new_image_is_rolled_out(project: Project, crowd: Crowd) -> None:
    before = project.revisions()
    project.edit(STYLE, ":root", ".rolled-out { color: inherit; }\n:root")
    project.up()
    _nothing_lost(crowd)
    assert ".rolled-out" in _style(project), "the old image still serves"
    assert Visitor(project.page).votes("/polls/1") == [1, 0], "the vote was lost with the old tasks"
    assert not set(before.values()) & set(project.revisions().values()), "an old task still runs"


def test_a_restart_gives_a_process_new_tasks(person: Person, crowd: Crowd) -> None:
    before, web = _tasks(person, "worker"), _tasks(person, "web")
    person.ops("restart", "worker", "--yes")
    assert not before & _tasks(person, "worker"), "the old task still works"
    assert _tasks(person, "web") == web, "it was not asked for"
    _nothing_lost(crowd)


def test_a_process_is_scaled_within_its_limits(
    project: Project, person: Person, crowd: Crowd
) -> None:
    person.ops("scale", "web=3", "--yes")
    wait_until(
        lambda: "web: 3 of 3 running, 3 healthy" in person.ops("ps", "web").out, "third task", 60
    )
    assert len(project.containers("web")) == 3
    refused = person.try_ops("scale", "web=9", "--yes")
    assert refused.code == 2
    assert "between 2 and 6" in refused.err
    person.ops("scale", "web=2", "--yes")
    wait_until(lambda: len(project.containers("web")) == 2, "end of the third task", 60)
    _nothing_lost(crowd)


def test_a_rollback_brings_an_earlier_releases_tasks_back(
    project: Project, person: Person, crowd: Crowd
) -> None:
    first = project.releases[-1]
    said = person.ops("rollback", "1", "--yes").out
    _nothing_lost(crowd)
    assert "Release 1 serves again, as release 3." in said
    assert project.revisions() == {
        process: first.task_definitions[process] for process in project.revisions()
    }
    assert ".rolled-out" not in _style(project), "the newer image still serves"
    release = project.releases[0]
    assert (release.number, release.verdict, release.rollback_to) == (3, "succeeded", 1)
    assert person.ops("release", "info", "3", "--json").document["serving"]
    again = person.ops("rollback", "1", "--yes").out
    assert "serves already" in again


def test_ten_thousand_requests_were_answered_meanwhile(crowd: Crowd) -> None:
    crowd.go_on_until(REQUESTS)
    _nothing_lost(crowd)
