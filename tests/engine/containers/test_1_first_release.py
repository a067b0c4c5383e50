"""The first release, and the verbs that only look, run a command, or ask the database."""

import json
import re
import shutil

import pytest

from emulated import cloud
from emulated.settings import CloudSettings
from tests.engine.containers.person import Person
from tests.engine.releasing import PREFIX, Project
from tests.engine.updating import wait_until
from tests.engine.visitor import Visitor

pytestmark = pytest.mark.containers

LINE = r"\d\d:\d\d:\d\d web\.[0-9a-f]{8} +INFO +GET /polls/1 200 .*request "


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


def test_what_runs_is_counted_and_nothing_is_wrong(person: Person) -> None:
    shown = person.ops("ps").out
    assert "web: 2 of 2 running, 2 healthy, release 1" in shown
    for process in ("worker", "schedule"):
        assert f"{process}: 1 of 1 running, 1 healthy, release 1" in shown
    processes = person.ops("ps", "--json").document["processes"]
    ages = [task["age_seconds"] for process in processes for task in process["tasks"]]
    assert len(ages) == 4
    assert all(0 < age < 600 for age in ages), "they began a minute or two ago"
    assert "nothing is wrong" in person.ops("status").out
    assert "✗" not in person.ops("doctor").out


def test_what_a_visitor_did_is_found_by_the_answers_request_id(
    project: Project, person: Person
) -> None:
    request = Visitor(project.page).get("/polls/1").headers["X-Request-ID"]
    asked = ("logs", "--request-id", request)
    wait_until(lambda: person.ops(*asked).out != "", "line of the request", 30)
    (line,) = person.ops(*asked).out.splitlines()
    assert re.fullmatch(LINE + request, line), line


def test_lines_of_all_processes_stand_in_the_order_of_time(person: Person) -> None:
    lines = person.ops("logs", "--since", "20m", "--json").document
    assert {line["process"] for line in lines} == {"release", "web", "worker", "schedule"}
    times = [line["time"] for line in lines]
    assert times == sorted(times)
    shown = person.ops("logs", "--since", "20m").out
    assert "GET /polls/1 200" in shown
    assert '"level"' not in shown, "nobody reads JSON with pleasure"


def test_logs_go_on_with_what_comes_until_ctrl_c(project: Project, person: Person) -> None:
    following = person.begin("logs", "-f", "-n", "0", "-p", "web", "--json")
    visitor = Visitor(project.page)
    for path in ("/polls/1/results", "/polls/1"):

        def is_shown(path: str = path) -> bool:
            visitor.get(path)
            return f"GET {path} 200" in following.out

        wait_until(is_shown, f"line of {path}", 60)
    done = following.press_ctrl_c()
    assert done.code == 130, done.err
    assert "Traceback" not in done.err
    shown = [json.loads(line)["id"] for line in done.out.splitlines()]
    assert len(shown) == len(set(shown)), "a line is shown twice"


def test_a_command_runs_beside_the_services(person: Person) -> None:
    counted = person.begin("run", "--", "sh", "-c", "echo begun; sleep 2; echo done >&2; exit 7")
    endless = person.begin("run", "--", "sh", "-c", "echo begun; sleep 300")
    left = person.ops("run", "--detach", "--", "sleep", "300").out.strip()

    counted.wait_for("begun\n")
    assert counted.runs, "what it prints is shown only at its end"
    ended = counted.end()
    assert (ended.code, ended.out) == (7, "begun\ndone\n"), ended.err

    endless.wait_for("begun\n")
    assert endless.press_ctrl_c().code == 130
    (task,) = person.ops("ps", "--json").document["one_off_tasks"]
    assert task["id"] == left, "Ctrl-C left the task running, or --detach ended it"
    assert (task["release"], task["started_by"][:8]) == (1, "ops-run/")

    person.ops("run", "--stop", left[:8])
    wait_until(
        lambda: not person.ops("ps", "--json").document["one_off_tasks"], "end of the task", 60
    )


@pytest.mark.skipif(not shutil.which("psql"), reason="left out: psql is not on PATH")
def test_the_database_answers_and_is_changed_only_when_asked_to(person: Person) -> None:
    titles = person.ops("psql", "--json", "-c", "SELECT title FROM polls").document
    assert titles == [{"title": "Tea or coffee?"}]
    change = ("psql", "-c", "UPDATE polls SET title = title")
    refused = person.try_ops(*change)
    assert refused.code == 1
    assert "read-only transaction" in refused.err
    assert "UPDATE 1" in person.ops(*change, "--write", "--yes").out
    drop = ("psql", "-c", "ALTER TABLE polls RENAME TO polls")
    assert "must be owner" in person.try_ops(*drop, "--write", "--yes").err
    assert "already exists" in person.try_ops(*drop, "--owner", "--yes").err


def test_what_was_done_by_hand_is_written_down(person: Person) -> None:
    done = person.ops("releases", "--by-hand", "--json").document
    verbs = [each["verb"] for each in done]
    assert verbs.count("run") == 4, "three commands, and the end of one"
    assert verbs.count("psql") == 3, "who logged in to write"


def test_the_release_is_told_with_what_it_consists_of(person: Person) -> None:
    assert re.search(r"✓ +1 .* there +succeeded", person.ops("releases").out)
    shown = person.ops("release", "info", "1").out
    assert re.search(rf"web: +{PREFIX}-web:1$", shown, re.MULTILINE)
    assert re.search(r"serves: +schedule, web, worker", shown)
    assert re.search(r"release phase: +succeeded, exit code 0", shown)
