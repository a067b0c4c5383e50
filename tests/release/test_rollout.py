"""Rollouts that end well, and what must not be taken for a failure."""

from typing import Any

import pytest

from release.ledger import Ledger
from release.problems import ReleaseError
from tests.release.answering import RefusedError, answering
from tests.release.records import record
from tests.release.scene import (
    BACK,
    STARTED,
    Moment,
    Scene,
    crashed,
    deployment,
    old,
    revision,
    service,
    sick,
    target,
    task,
)

PROGRESS = "IN_PROGRESS"
OLD_TASKS = (task("o1", 12, address="10.0.0.1"), task("o2", 12, address="10.0.0.2"))
OLD_TARGETS = (target("10.0.0.1"), target("10.0.0.2"))
NEW_TASKS = (task("n1", address="10.0.0.11"), task("n2", address="10.0.0.12"))
NEW_TARGETS = (target("10.0.0.11"), target("10.0.0.12"))
DRAINING = (target("10.0.0.1", "draining"), target("10.0.0.2", "draining"))
BEGINNING = Moment(
    (service(deployment(14, running=0, state=PROGRESS), old()),),
    (*OLD_TASKS, task("n1", status="PROVISIONING"), task("n2", status="PENDING")),
    OLD_TARGETS,
)
HALF = Moment(
    (service(deployment(14, running=2, state=PROGRESS), old()),),
    (*OLD_TASKS, *NEW_TASKS),
    (
        *OLD_TARGETS,
        target("10.0.0.11"),
        target("10.0.0.12", "initial", "Elb.InitialHealthChecking"),
    ),
)
DRAIN = Moment(
    (service(deployment(14, running=2, state=PROGRESS), old()),),
    (*OLD_TASKS, *NEW_TASKS),
    (*DRAINING, *NEW_TARGETS),
)
END = Moment((service(deployment(14, running=2)),), NEW_TASKS, (*DRAINING, *NEW_TARGETS))
GOOD = [BEGINNING, HALF, DRAIN, END]


def worker(running: int, desired: int, state: str = "COMPLETED", number: int = 14) -> Any:
    own = deployment(number, running=running, desired=desired, state=state, process="worker")
    return service(own, desired=desired, name="worker")


class TestAGoodRollout:
    """It ends when the asked revision serves, not when ECS has taken the order."""

    def test_of_two_tasks_says_each_change_once_and_completes_the_record(self) -> None:
        scene = Scene(GOOD)
        made = scene.play()
        assert scene.said == [
            "web: 0 of 2 new tasks healthy, 2 starting, 2 old still serve",
            "web: 1 of 2 new tasks healthy, 1 checked, 2 old still serve",
            "web: 2 of 2 new tasks healthy, 2 old still serve",
            "web: 2 of 2 new tasks healthy; complete",
            "release 1 serves: web with 2 tasks",
        ]
        assert made.verdict == "succeeded"
        assert made.ended_at == scene.clock.now()
        assert made.task_definitions == {
            "web": revision(14),
            "release": revision(14, "release"),
            "console": revision(14, "console"),
        }
        assert not scene.updates, "ECS works towards it already: asking again starts all anew"

    def test_waits_until_the_old_targets_get_no_requests(self) -> None:
        both = Moment(END.services, (*OLD_TASKS, *NEW_TASKS), (*OLD_TARGETS, *NEW_TARGETS))
        scene = Scene([both, both, END])
        scene.play()
        assert scene.clock.elapsed() == 8, "the old code still answers requests"

    def test_is_not_complete_with_a_target_that_is_not_healthy(self) -> None:
        scene = Scene([Moment(END.services, NEW_TASKS, (NEW_TARGETS[0],)), END])
        scene.play()
        assert scene.clock.elapsed() == 4, "ECS's steady state does not look at the targets"

    def test_is_not_complete_while_a_target_fails_its_checks(self) -> None:
        failing = (NEW_TARGETS[0], sick("10.0.0.12"))
        scene = Scene([Moment(END.services, NEW_TASKS, failing), END])
        scene.play()
        assert scene.clock.elapsed() == 4

    def test_is_not_complete_while_a_task_is_missing_again(self) -> None:
        scene = Scene([Moment((worker(0, 1),)), Moment((worker(1, 1),))], processes=("worker",))
        scene.play()
        assert scene.clock.elapsed() == 4, "ECS leaves a deployment COMPLETED when a task dies"

    def test_of_a_worker_needs_no_balancer(self) -> None:
        tasks = (task("w1", process="worker"),)
        going = Moment((worker(1, 1, PROGRESS),), tasks)
        scene = Scene([going, Moment((worker(1, 1),), tasks)], processes=("worker",))
        assert scene.play().verdict == "succeeded"
        assert scene.said[:2] == [
            "worker: 1 of 1 new task running",
            "worker: 1 of 1 new task running; complete",
        ]

    def test_of_a_service_that_shall_have_no_task_is_complete_without_one(self) -> None:
        scene = Scene([Moment((worker(0, 0),))], processes=("worker",))
        assert scene.play().verdict == "succeeded"
        assert scene.said[0] == "worker: no task is wanted; complete"

    def test_of_several_services_waits_for_the_last(self) -> None:
        tasks = (*NEW_TASKS, task("w1", process="worker"))
        going = Moment((*END.services, worker(1, 1, PROGRESS)), tasks, NEW_TARGETS)
        scene = Scene(
            [going, going, Moment((*END.services, worker(1, 1)), tasks, NEW_TARGETS)],
            processes=("web", "worker"),
        )
        scene.play()
        assert scene.clock.elapsed() == 8, "the worker still ran the old code"
        assert scene.said[-1] == "release 1 serves: web with 2 tasks, worker with 1 task"

    def test_follows_a_scaling_that_comes_in_between(self) -> None:
        three = deployment(14, running=2, desired=3, state=PROGRESS)
        grown = Moment((service(three, desired=3),), NEW_TASKS, NEW_TARGETS)
        third = task("n3", address="10.0.0.13", created=9)
        end = Moment(
            (service(deployment(14, running=3, desired=3), desired=3),),
            (*NEW_TASKS, third),
            (*NEW_TARGETS, target("10.0.0.13")),
        )
        scene = Scene([DRAIN, grown, end])
        assert scene.play().verdict == "succeeded"
        assert "web: 2 of 3 new tasks healthy" in scene.said

    def test_says_that_it_still_waits(self) -> None:
        scene = Scene([*[BEGINNING] * 20, END])
        scene.play()
        beats = [line for line in scene.said if line.endswith("s)")]
        assert len(beats) >= 5, "a killed update would be noticed late, or never"
        assert beats[0] == f"{scene.said[0]} (12 s)"


class TestWhatIsNoFailure:
    """The release must not be blamed for what others do."""

    def test_is_a_task_that_spot_takes_away(self) -> None:
        taken = [
            task(f"s{i}", status="STOPPED", code="SpotInterruption", reason="Spot interruption")
            for i in range(5)
        ]
        moment = Moment(BEGINNING.services, (*BEGINNING.tasks, *taken), OLD_TARGETS)
        assert Scene([moment, END]).play().verdict == "succeeded"

    @pytest.mark.parametrize(
        ("code", "reason"),
        [
            ("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/14)"),
            ("UserInitiated", "Task stopped by user"),
            ("TerminationNotice", "The host is about to be terminated"),
        ],
    )
    def test_is_a_task_that_was_told_to_stop(self, code: str, reason: str) -> None:
        told = [task(f"s{i}", status="STOPPED", code=code, reason=reason) for i in range(5)]
        moment = Moment(BEGINNING.services, (*BEGINNING.tasks, *told), OLD_TARGETS)
        assert Scene([moment, END]).play().verdict == "succeeded"

    def test_is_a_crash_of_an_earlier_attempt_with_the_same_revision(self) -> None:
        earlier = [crashed(f"c{i}", created=-600) for i in range(9)]
        moment = Moment(BEGINNING.services, (*BEGINNING.tasks, *earlier), OLD_TARGETS)
        assert Scene([moment, END]).play().verdict == "succeeded"

    def test_is_one_crash_after_which_all_stays_well(self) -> None:
        once = Moment(END.services, (*NEW_TASKS, crashed("c1")), NEW_TARGETS)
        scene = Scene([BEGINNING, once])
        assert scene.play().verdict == "succeeded"
        assert scene.clock.elapsed() >= 30, "what died once may do so again"
        assert scene.said[1] == "web: 2 of 2 new tasks healthy, 1 failed"

    def test_are_crashes_of_a_service_that_ran_the_revision_already(self) -> None:
        """The worker, say, has a bad hour behind it while only web changes."""
        bad_hour = tuple(crashed(f"c{i}", created=-i) for i in range(5))
        created_before = service(deployment(14, running=2, created=-3600, failed=4))
        scene = Scene([Moment((created_before,), (*NEW_TASKS, *bad_hour), NEW_TARGETS)])
        assert scene.play().verdict == "succeeded"
        assert scene.clock.elapsed() == 0

    def test_is_an_answer_that_aws_owes(self) -> None:
        throttled = Moment((), refusal=RefusedError("ThrottlingException", "Rate exceeded"))
        scene = Scene([BEGINNING, throttled, throttled, END])
        assert scene.play().verdict == "succeeded"
        said = "AWS does not answer, asking again: DescribeServices: ThrottlingException"
        assert [line.startswith(said) for line in scene.said].count(True) == 1

    def test_is_a_task_that_only_takes_its_time(self) -> None:
        checked = (target("10.0.0.11", "initial", "Elb.InitialHealthChecking"),)
        slow = Moment(HALF.services, HALF.tasks, (*OLD_TARGETS, *checked))
        assert Scene([*[slow] * 100, END]).play().verdict == "succeeded"


class TestAskingAgain:
    """What ECS no longer works towards is asked for again; nothing else is."""

    def test_is_done_when_ecs_had_rolled_back_before(self) -> None:
        gone_back = service(old(2, status="PRIMARY"))
        asked = deployment(14, running=2, deployment_id="ecs-svc/asked", created=0)
        scene = Scene([Moment((gone_back,)), Moment((service(asked),), NEW_TASKS, NEW_TARGETS)])
        assert scene.play().verdict == "succeeded"
        assert [(each["taskDefinition"], each["forceNewDeployment"]) for each in scene.updates] == [
            (revision(14), True)
        ]
        assert scene.said[0] == (
            "web: ECS works towards flaskapp-prod-web:12; asking it for flaskapp-prod-web:14 again"
        )

    def test_is_done_when_ecs_had_given_it_up(self) -> None:
        """A failed deployment starts no tasks, however long one waits."""
        failed = service(deployment(14, running=0, state="FAILED", reason=STARTED))
        asked = deployment(14, running=2, deployment_id="ecs-svc/asked", created=0)
        late = Moment((failed,), tuple(crashed(f"c{i}", created=-1) for i in range(3)))
        scene = Scene([late, late, Moment((service(asked),), NEW_TASKS, NEW_TARGETS)])
        assert scene.play().verdict == "succeeded", "the earlier attempt's end was taken for ours"

    def test_is_done_when_ecs_goes_back_to_a_deployment_of_the_same_revision(self) -> None:
        back = deployment(14, running=2, state=PROGRESS, reason=BACK, created=-99)
        asked = deployment(14, running=2, deployment_id="ecs-svc/asked", created=0)
        end = Moment((service(asked),), NEW_TASKS, NEW_TARGETS)
        scene = Scene([Moment((service(back),)), end])
        assert scene.play().verdict == "succeeded"
        assert len(scene.updates) == 1

    def test_is_not_undone_by_a_later_answer_from_before(self) -> None:
        failed = Moment((service(deployment(14, running=0, state="FAILED", reason=STARTED)),))
        asked: Any = {"deployment_id": "ecs-svc/asked", "created": 0}
        going = Moment((service(deployment(14, running=0, state=PROGRESS, **asked)),))
        end = Moment((service(deployment(14, running=2, **asked)),), NEW_TASKS, NEW_TARGETS)
        assert Scene([failed, going, failed, end]).play().verdict == "succeeded"

    def test_is_not_confused_by_an_answer_from_before(self) -> None:
        before = Moment((service(old(2, status="PRIMARY")),))
        asked = deployment(14, running=2, deployment_id="ecs-svc/asked", created=0)
        scene = Scene([before, before, Moment((service(asked),), NEW_TASKS, NEW_TARGETS)])
        assert scene.play().verdict == "succeeded", "ECS's answers lag, and that was a failure"


class TestTheRecord:
    """One release, one record, whoever wrote its first line."""

    def test_is_the_one_that_the_phase_has_opened(self) -> None:
        scene = Scene(GOOD)
        opened = _ledger(scene).open(record(commit="c0ffee"))
        made = scene.play()
        assert made.number == opened.number
        assert made.commit == "c0ffee"
        assert _ledger(scene).history() == [made]

    def test_is_opened_when_no_phase_was_needed(self) -> None:
        scene = Scene(GOOD)
        _ledger(scene).open(record(verdict="succeeded"))
        made = scene.play()
        assert made.number == 2
        assert made.phase.outcome == "not needed"
        assert made.deployed_by.endswith("assumed-role/deploy/ci")

    def test_of_another_release_that_never_ended_is_closed(self) -> None:
        scene = Scene(GOOD)
        _ledger(scene).open(record(configuration="another"))
        scene.play()
        second, first = _ledger(scene).history()
        assert (second.verdict, first.verdict) == ("succeeded", "interrupted")

    def test_stays_open_when_nobody_listens_any_more_and_is_taken_up_again(self) -> None:
        scene = Scene(GOOD[:3], deaf_after=7)
        with pytest.raises(BrokenPipeError):
            scene.play()
        assert [each.verdict for each in _ledger(scene).history()] == ["running"]
        again = Scene([END], table=scene.table)
        assert again.play().number == 1, "the same release got two records"

    def test_stays_open_when_it_is_not_known_how_it_ends(self) -> None:
        refused = RefusedError("AccessDeniedException", "not authorized to perform that")
        scene = Scene([BEGINNING, Moment((), refusal=refused)])
        with pytest.raises(ReleaseError) as caught:
            scene.play()
        assert "DescribeServices: AccessDeniedException: not authorized" in str(caught.value)
        assert "run `pulumi up` again" in str(caught.value)
        assert [each.verdict for each in _ledger(scene).history()] == ["running"]


def _ledger(scene: Scene) -> Ledger:
    clients = answering(dynamodb=scene.table)
    return Ledger(clients.dynamodb, "releases", "flaskapp-prod")
