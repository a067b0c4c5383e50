"""A rollback and an update at once: whoever is overtaken ends, and says so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from release import rollout
from release.ledger import Ledger
from release.problems import OvertakenError, ReleaseError
from release.record import PhaseResult, Record
from release.rollback_notice import MARK
from tests.release.fake_clock import BEGIN
from tests.release.fake_table import FakeTable
from tests.release.fake_tasks import FAILS, WELL
from tests.release.phase_world import World
from tests.release.records import record
from tests.release.scene import Moment, Scene, deployment, service
from tests.release.test_rollback import ASKED, BEFORE, END, back, ledger_of, play, table

__all__ = ["table"]

GOING = Moment((service(deployment(14, running=0, state="IN_PROGRESS", **ASKED)),))
PHASE = PhaseResult(task_arn="arn:task", attempt=1, exit_code=0, outcome="succeeded")


def roll_back(ledger: Ledger, **changes: Any) -> Record:
    """A rollback to release 1 that ends whatever is open."""
    latest = ledger.latest()
    if latest and latest.verdict == "running":
        assert ledger.close(latest, "a rollback to release 1 began before it had ended", BEGIN)
    return ledger.open(record(command="rollback to 1", rollback_to=1, **changes))


def when_asked(scene: Scene, do: Callable[[Ledger], None]) -> Scene:
    """The scene, in which this happens elsewhere while the rollout is watched."""
    say = scene.say

    def listen(line: str) -> None:
        say(line)
        if line.startswith("web: 0 of 2"):
            do(Ledger(scene.clients().dynamodb, "releases", "flaskapp-prod"))

    scene.say = listen  # type: ignore[method-assign]
    return scene


class TestTheReleasePhase:
    """It neither begins nor ends a release that a rollback has ended."""

    def test_starts_no_task_after_a_rollback_began(self) -> None:
        world = World(WELL)
        world.has_released()

        def begin(item: dict[str, Any]) -> None:
            if item["number"]["N"] == "2" and "M" in item["restore_point"]:
                world.table.before_put = lambda _item: None
                roll_back(world.ledger)

        world.table.before_put = begin
        with pytest.raises(OvertakenError, match="a rollback to release 1 began"):
            world.run()
        assert not world.ecs.tasks, "the rollback said that no migration runs"

    def test_notes_its_task_before_there_is_one(self) -> None:
        world = World(WELL)
        noted: list[int] = []
        start = world.ecs.run_task

        def run_task(**asked: Any) -> dict[str, Any]:
            noted.append(world.latest.phase.attempt)
            return start(**asked)

        world.ecs.run_task = run_task  # type: ignore[method-assign]
        world.run()
        assert noted == [1], "a rollback at this moment says that no migration ran"

    def test_whose_task_has_ended_leaves_the_rollback_in_force(self) -> None:
        world = World(WELL)
        world.has_released()
        self._roll_back_when(world, "is RUNNING")
        with pytest.raises(OvertakenError):
            world.run()
        rollback, update = world.ledger.history(2)
        assert (rollback.verdict, rollback.rollback_to) == ("running", 1)
        assert update.verdict == "interrupted", "it is on its way for ever"

    def test_whose_task_fails_says_why_all_the_same(self) -> None:
        world = World(FAILS)
        world.has_released()
        self._roll_back_when(world, "is RUNNING")
        with pytest.raises(ReleaseError, match="its release task ended with exit code 3"):
            world.run()
        assert any("Release 2 was ended by somebody else" in line for line in world.said)

    def _roll_back_when(self, world: World, line: str) -> None:
        def listen(said: str) -> bool:
            if line in said:
                world.leave_when = lambda _: False
                roll_back(world.ledger)
            return False

        world.leave_when = listen


class TestTheRollout:
    """It brings no tasks beside those of a rollback that began meanwhile."""

    @pytest.mark.parametrize("verdict", ["running", "succeeded"])
    def test_fails_once_and_then_goes_on(self, table: FakeTable, verdict: Any) -> None:
        ledger = ledger_of(table)
        ledger.open(record(phase=PHASE))
        roll_back(ledger, verdict=verdict)
        update = Scene([END], table=table)
        with pytest.raises(OvertakenError, match=r"Release 3 was overtaken by release 4 \(a roll"):
            update.play()
        assert not update.updates
        rollback, own = ledger.history(2)
        assert (rollback.verdict, own.verdict) == (verdict, "failed")
        assert Scene([END], table=table).play().number == 5, "no update ever succeeds again"

    def test_that_a_rollback_ends_leaves_the_warning(self, table: FakeTable) -> None:
        for number in (2, 3):
            table.items["gates", number] = {"stack": {"S": "gates"}, "number": {"N": str(number)}}
        warning = {"M": {"any": {"S": "warning"}}}
        scene = Scene([GOING, END], table=table)

        def begin(ledger: Ledger) -> None:
            roll_back(ledger)
            table.items["gates", 3][MARK] = warning

        with pytest.raises(OvertakenError):
            when_asked(scene, begin).play()
        assert [each.verdict for each in ledger_of(table).history(2)] == ["running", "interrupted"]
        assert table.items["gates", 3][MARK] == warning, "a rollback is under way, nobody warned"


class TestARollback:
    """It too ends when an update has begun meanwhile, and begins only upon what was said."""

    def test_that_an_update_ends_says_so(self, table: FakeTable) -> None:
        def update(ledger: Ledger) -> None:
            latest = ledger.latest()
            assert latest is not None
            ledger.close(latest, "interrupted, then given up for another release", BEGIN)
            ledger.open(record(configuration="new"))

        scene = when_asked(back(table, BEFORE, GOING, END), update)
        with pytest.raises(
            OvertakenError, match=r"Release 3 \(a rollback to release 1\) was ended"
        ):
            play(scene)

    def test_is_not_begun_when_another_release_is_newest(self, table: FakeTable) -> None:
        newest = ledger_of(table).history()[0]
        ledger_of(table).open(record(configuration="new"))
        scene = back(table, BEFORE, END)
        target = ledger_of(table).history()[-1]
        request = replace(scene.request(), back_to=target, newest=newest)
        with pytest.raises(ReleaseError, match="Nothing was changed"):
            rollout.watch(request, scene.clients(), scene.say, scene.clock)
        assert not scene.updates
        assert ledger_of(table).history()[0].verdict == "running"

    def test_is_begun_when_what_was_said_is_so(self, table: FakeTable) -> None:
        assert play(back(table, BEFORE, END)).verdict == "succeeded"
