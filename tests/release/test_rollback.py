"""Back to an earlier release: watched as any rollout, recorded as what it is."""

from dataclasses import replace
from typing import Any

import pytest

from release import rollout
from release.ledger import Ledger
from release.problems import ReleaseError
from release.record import PhaseResult, Record, RestorePoint
from release.rollout_record import release_numbers
from tests.release.answering import RefusedError, answering
from tests.release.fake_clock import BEGIN
from tests.release.fake_table import FakeTable
from tests.release.records import record
from tests.release.scene import Moment, Scene, crashed, deployment, old, service, target, task

ASKED: Any = {"deployment_id": "ecs-svc/asked", "created": 0}
TASKS = (task("n1", address="10.0.0.11"), task("n2", address="10.0.0.12"))
TARGETS = (target("10.0.0.11"), target("10.0.0.12"))
# What runs is revision 16; the scene goes back to 14.
BEFORE = Moment((service(old(2, number=16, status="PRIMARY")),))
END = Moment((service(deployment(14, running=2, **ASKED)),), TASKS, TARGETS)


def ledger_of(table: FakeTable) -> Ledger:
    return Ledger(answering(dynamodb=table).dynamodb, "releases", "flaskapp-prod")


@pytest.fixture
def table() -> FakeTable:
    """Two releases that succeeded, of which the second brought a migration."""
    table = FakeTable()
    ledger = ledger_of(table)
    for commit, schema in (("good", "s1"), ("bad", "s2")):
        ledger.open(
            record(
                verdict="succeeded",
                commit=commit,
                schema=schema,
                configuration=commit,
                phase=PhaseResult(task_arn="arn:task", exit_code=0, outcome="succeeded"),
                restore_point=RestorePoint(time=BEGIN),
            )
        )
    return table


def back(table: FakeTable, *moments: Moment, **scene: Any) -> Scene:
    """A rollback to release 1 that runs through these moments."""
    return Scene(list(moments), table=table, **scene)


def play(scene: Scene) -> Record:
    target_record = ledger_of(scene.table).history()[-1]
    request = replace(scene.request(), back_to=target_record, again="bin/ops rollback 1")
    return rollout.watch(request, scene.clients(), scene.say, scene.clock)


class TestARollback:
    """A release of its own, with everything of the one that it goes back to."""

    def test_asks_ecs_for_the_old_revisions_and_watches_until_they_serve(
        self, table: FakeTable
    ) -> None:
        scene = back(table, BEFORE, END)
        made = play(scene)
        assert made.verdict == "succeeded"
        assert [each["taskDefinition"].rpartition(":")[2] for each in scene.updates] == ["14"]
        assert scene.said[-1] == "release 3 serves: web with 2 tasks"

    def test_is_recorded_as_what_runs_then(self, table: FakeTable) -> None:
        made = play(back(table, BEFORE, END))
        assert (made.number, made.rollback_to) == (3, 1)
        assert made.command == "rollback to 1"
        assert (made.commit, made.schema, made.configuration) == ("good", "s1", "good"), (
            "the record names code that does not run"
        )
        assert made.title == "release 3 (a rollback to release 1)"
        assert made.deployed_by.endswith("assumed-role/deploy/ci"), "not who went back"
        assert made.phase.outcome == "not needed"
        assert made.phase.task_arn is None, "a task of another release is cited as this one's"
        assert made.restore_point is None, "it leaves the database as it is"
        ledger = ledger_of(table)
        assert ledger.last_succeeded() == made
        assert release_numbers(ledger.history())[made.task_definitions["web"]] == 3

    def test_that_was_interrupted_is_gone_on_with(self, table: FakeTable) -> None:
        going = Moment((service(deployment(14, running=0, state="IN_PROGRESS", **ASKED)),))
        with pytest.raises(BrokenPipeError):
            play(back(table, BEFORE, going, deaf_after=3))
        assert ledger_of(table).history()[0].verdict == "running"
        again = back(table, END)
        assert play(again).number == 3, "one rollback has two records"
        assert not again.updates, "ECS works towards it: all tasks begin anew"

    def test_closes_a_release_that_never_ended(self, table: FakeTable) -> None:
        ledger_of(table).open(record(configuration="another"))
        assert play(back(table, BEFORE, END)).number == 4
        overtaken = ledger_of(table).history()[1]
        assert overtaken.verdict == "interrupted"
        assert overtaken.reason == "a rollback to release 1 began before it had ended"

    def test_that_fails_says_what_serves_and_what_to_run(self, table: FakeTable) -> None:
        dead = tuple(crashed(f"c{i}", created=1) for i in range(3))
        trying = service(deployment(14, running=0, state="IN_PROGRESS", **ASKED), old(2, number=16))
        with pytest.raises(ReleaseError) as caught:
            play(back(table, BEFORE, Moment((trying,), dead)))
        said = str(caught.value)
        assert said.startswith(
            "Release 3 (a rollback to release 1) failed in its rollout: web: 3 new tasks failed."
        )
        assert "web: flaskapp-prod-web:16 (2 tasks), which still serves" in said
        assert "run `bin/ops rollback 1` again" in said
        assert "pulumi up" not in said
        assert ledger_of(table).history()[0].verdict == "failed"

    def test_whose_end_is_not_known_says_how_to_go_on(self, table: FakeTable) -> None:
        refused = Moment((), refusal=RefusedError("AccessDeniedException"))
        with pytest.raises(ReleaseError, match="run `bin/ops rollback 1` again: it goes on"):
            play(back(table, BEFORE, refused))


class TestTheNextUpdate:
    """It brings its own tasks back, as another release, and says what they replace."""

    def test_says_what_serves_until_now(self, table: FakeTable) -> None:
        play(back(table, BEFORE, END))
        scene = Scene([END], table=table)
        made = scene.play()
        assert scene.said[0] == (
            "release 3 (a rollback to release 1) serves until now; this update brings its own tasks"
        )
        assert (made.number, made.rollback_to) == (4, None)

    def test_says_nothing_of_it_the_time_after(self, table: FakeTable) -> None:
        play(back(table, BEFORE, END))
        Scene([END], table=table).play()
        later = Scene([END], table=table)
        later.play()
        assert not [line for line in later.said if "rollback" in line]

    def test_closes_a_rollback_that_never_ended(self, table: FakeTable) -> None:
        going = Moment((service(deployment(14, running=0, state="IN_PROGRESS", **ASKED)),))
        with pytest.raises(BrokenPipeError):
            play(back(table, BEFORE, going, deaf_after=3))
        scene = Scene([END], table=table)
        assert scene.play().number == 4, "an update completes the record of a rollback"
        assert ledger_of(table).history()[1].verdict == "interrupted"
