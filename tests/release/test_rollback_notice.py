"""What the program is told of a rollback, and until when."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest

from infra import naming, procfile
from release import rollback_notice, rollout
from release.problems import ReleaseError
from release.record import Record
from release.rollback_notice import RollbackNotice
from tests.release.answering import RefusedError, answering
from tests.release.fake_clock import BEGIN
from tests.release.fake_table import FakeTable
from tests.release.records import record
from tests.release.scene import Moment, Scene, crashed, deployment, old, revision, service
from tests.release.test_rollback import BEFORE, END, back, ledger_of, play

NOTICE, GATE = ("gates", 3), ("gates", 2)
PASSES: Any = {"web": {"S": "arn:web:16 digest"}}
A_NOTICE = RollbackNotice(
    release=14,
    back_to=11,
    described=13,
    who="arn:aws:sts::111122223333:assumed-role/deploy/ada",
    time=BEGIN,
    processes=("web", "worker"),
)


@pytest.fixture
def table() -> FakeTable:
    """Two releases that succeeded, and what the program has made beside them."""
    table = FakeTable()
    for number in (14, 16):
        ledger_of(table).open(
            record(
                verdict="succeeded",
                configuration=str(number),
                task_definitions={
                    name: revision(number, name) for name in ("web", "release", "console")
                },
            )
        )
    for key in (NOTICE, GATE):
        table.items[key] = {"stack": {"S": key[0]}, "number": {"N": str(key[1])}}
    table.items[GATE]["passes"] = {"M": dict(PASSES)}
    return table


def told(table: FakeTable) -> RollbackNotice | None:
    """What the next preview reads."""
    return rollback_notice.read(json.dumps(table.items[NOTICE]))


def forward(table: FakeTable) -> Record:
    """A rollback to what the program describes."""
    scene = back(table, END)
    target = next(each for each in ledger_of(table).history() if each.number == 2)
    # The scene's revision stands for that release's.
    request = replace(scene.request(), back_to=target)
    return rollout.watch(request, scene.clients(), scene.say, scene.clock)


class TestARollback:
    """From its end on, each preview warns of it."""

    def test_is_told_to_the_program(self, table: FakeTable) -> None:
        made = play(back(table, BEFORE, END))
        assert told(table) == RollbackNotice(
            release=3,
            back_to=1,
            described=2,
            who=made.deployed_by,
            time=made.ended_at or BEGIN,
            processes=("web",),
        )

    def test_marks_the_gate_and_leaves_what_it_let_through(self, table: FakeTable) -> None:
        play(back(table, BEFORE, END))
        passes = table.items[GATE]["passes"]["M"]
        assert passes["web"] == PASSES["web"], "the gate's own value is lost"
        assert passes[naming.ROLLBACK_MARK] == {"S": "back to release 1"}, (
            "after a refresh the services change and nobody watches"
        )

    def test_that_goes_further_back_is_still_not_what_the_program_describes(
        self, table: FakeTable
    ) -> None:
        play(back(table, BEFORE, END))
        play(back(table, BEFORE, END))
        now = told(table)
        assert now is not None
        assert (now.release, now.described) == (4, 2)

    def test_to_what_the_program_describes_ends_it(self, table: FakeTable) -> None:
        before = copy.deepcopy(table.items)
        play(back(table, BEFORE, END))
        assert forward(table).rollback_to == 2
        assert told(table) is None, "previews warn of what is no more"
        assert table.items[GATE] == before[GATE], "an update watches what nobody deployed"

    def test_names_the_release_that_failed_as_the_programs(self, table: FakeTable) -> None:
        ledger_of(table).open(record(verdict="failed"))
        play(back(table, BEFORE, END))
        now = told(table)
        assert now is not None
        assert now.described == 3, "the next update takes that one up again"

    def test_is_told_before_ecs_is_asked_for_anything(self, table: FakeTable) -> None:
        scene = back(table, BEFORE, END)
        at_first: list[RollbackNotice | None] = []
        update = scene.update_service

        def look(**asked: Any) -> dict[str, Any]:
            at_first.append(told(table))
            return update(**asked)

        scene.update_service = look  # type: ignore[method-assign]
        play(scene)
        (begun,) = at_first
        assert begun is not None, "interrupted from here on, nobody knows what runs"
        assert not begun.has_succeeded
        assert "A rollback to release 1 has begun, as release 3, and has not" in begun.warning
        assert "`bin/ops rollback 1` goes on with it." in begun.warning

    def test_that_fails_is_still_told(self, table: FakeTable) -> None:
        dead = tuple(crashed(f"c{i}", created=1) for i in range(3))
        trying = service(
            deployment(
                14, running=0, state="IN_PROGRESS", deployment_id="ecs-svc/asked", created=0
            ),
            old(2, number=16),
        )
        with pytest.raises(ReleaseError):
            play(back(table, BEFORE, Moment((trying,), dead)))
        now = told(table)
        assert now is not None, "other services may have taken the older release"
        assert not now.has_succeeded
        assert naming.ROLLBACK_MARK in table.items[GATE]["passes"]["M"]

    def test_to_what_the_program_describes_leaves_the_warning_until_it_succeeds(
        self, table: FakeTable
    ) -> None:
        play(back(table, BEFORE, END))
        before = told(table)
        scene = back(table, Moment((), refusal=RefusedError("AccessDeniedException")))
        target = next(each for each in ledger_of(table).history() if each.number == 2)
        with pytest.raises(ReleaseError):
            rollout.watch(
                replace(scene.request(), back_to=target), scene.clients(), scene.say, scene.clock
            )
        assert told(table) == before

    def test_is_told_before_its_record_ends(self, table: FakeTable) -> None:
        """Interrupted in between, the same command does what is missing."""
        seen: list[RollbackNotice | None] = []

        def look(item: dict[str, Any]) -> None:
            if item["verdict"] == {"S": "succeeded"}:
                seen.append(told(table))

        table.before_put = look
        play(back(table, BEFORE, END))
        assert seen == [told(table)]
        assert seen[0] is not None, "the rollback is over and no preview warns"

    @pytest.mark.parametrize("absent", [NOTICE, GATE])
    def test_makes_no_item_that_the_engine_has_not_made(
        self, table: FakeTable, absent: tuple[str, int]
    ) -> None:
        del table.items[absent]
        scene = back(table, BEFORE, END)
        assert play(scene).verdict == "succeeded"
        assert absent not in table.items, "the engine refuses to make an item that is there"
        assert [line for line in scene.said if "No preview will warn of this" in line]

    def test_is_none_the_worse_when_it_may_not_be_told(self, table: FakeTable) -> None:
        table.refusal = RefusedError("AccessDeniedException", "no dynamodb:UpdateItem")
        scene = back(table, BEFORE, END)
        assert play(scene).verdict == "succeeded"
        assert ledger_of(table).history()[0].verdict == "succeeded"
        (said,) = [line for line in scene.said if "not up to date" in line]
        assert "no dynamodb:UpdateItem" in said, "previews say nothing and nobody knows why"


class TestAnUpdate:
    """It ends what was in force, once its own tasks serve."""

    def test_takes_the_notice_away(self, table: FakeTable) -> None:
        before = copy.deepcopy(table.items)
        play(back(table, BEFORE, END))
        Scene([END], table=table).play()
        assert told(table) is None
        assert (table.items[NOTICE], table.items[GATE]) == (before[NOTICE], before[GATE])

    def test_that_fails_leaves_it(self, table: FakeTable) -> None:
        play(back(table, BEFORE, END))
        with pytest.raises(ReleaseError):
            Scene([Moment(())], table=table).play()
        assert told(table) is not None, "what was gone back to may serve still"

    def test_is_the_first_one_of_a_stack_too(self) -> None:
        scene = Scene([END])
        assert scene.play().number == 1
        assert not [line for line in scene.said if "preview" in line]


class TestTheItem:
    """The program writes and reads it by the same keys."""

    def test_stands_where_the_program_reads(self) -> None:
        assert rollback_notice.PARTITION == naming.GATES_PARTITION
        assert (rollback_notice.GATE, rollback_notice.NUMBER) == (
            naming.ROLLOUT_GATE,
            naming.ROLLBACK_NOTICE,
        )
        assert rollback_notice.MARK == naming.ROLLBACK_MARK
        assert not procfile.LINE.fullmatch(f"{naming.ROLLBACK_MARK}: x"), (
            "a process may be so named"
        )

    def test_is_not_written_when_the_same_tasks_run(self) -> None:
        """The program's last release failed before it changed a service, say."""
        ours = {"web": revision(14), "console": revision(14, "console")}
        gone_back = record(number=3, rollback_to=1, task_definitions=ours)
        described = record(number=2, task_definitions={"web": revision(14)})
        assert rollback_notice.of(gone_back, [gone_back, described], ["web"]) is None

    def test_is_read_as_it_was_written(self, table: FakeTable) -> None:
        dynamodb = answering(dynamodb=table).dynamodb
        assert rollback_notice.keep(dynamodb, "releases", A_NOTICE)
        assert told(table) == A_NOTICE

    @pytest.mark.parametrize("item", ["", "{}", '{"stack": {"S": "gates"}}'])
    def test_says_nothing_when_nothing_is_in_it(self, item: str) -> None:
        assert rollback_notice.read(item) is None

    def test_that_an_older_version_wrote_is_of_a_rollback_that_succeeded(self) -> None:
        item = rollback_notice._mark(A_NOTICE)
        del item["M"]["has_succeeded"]
        assert rollback_notice.read(json.dumps({rollback_notice.MARK: item})) == A_NOTICE

    def test_names_the_root_of_an_account_in_short(self) -> None:
        said = replace(A_NOTICE, who="arn:aws:iam::111122223333:root").warning
        assert ", by root; in" in said

    def test_becomes_a_warning_with_all_that_a_reviewer_needs(self) -> None:
        said = A_NOTICE.warning
        assert said.startswith("A rollback is in force: release 11 serves again, as release 14")
        assert "not release 13" in said
        assert "Since 2026-03-01 12:00 UTC, by ada; in web, worker." in said
        assert "no image, configuration or process leaves it so" in said
        assert "brings back what the program describes" in said
