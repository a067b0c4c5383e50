"""The computed times: our stacks stay within their budget, and the settings that matter count."""

import pytest

from infra import rollout_time
from infra.rollout_time import bad_image_seconds, crash_seconds, healthy_rollout_seconds
from infra.settings import Settings
from tests.support.stacks import settings_of

HEALTHY_BUDGET_SECONDS, BAD_IMAGE_BUDGET_SECONDS, FIRST_TRAFFIC_SECONDS = 70, 120, 40
STACKS = ["staging", "prod"]
GOOD = {"tasks": 2, "cpu_units": 512, "health_interval_seconds": 5, "drain_seconds": 15}
BAD = {
    "tasks": 2,
    "cpu_units": 512,
    "health_interval_seconds": 5,
    "unhealthy_threshold": 2,
    "grace_seconds": 15,
}


def healthy(settings: Settings, tasks: int) -> float:
    return healthy_rollout_seconds(
        tasks=tasks,
        cpu_units=settings.service.cpu_units,
        health_interval_seconds=settings.balancer.health_interval_seconds,
        drain_seconds=settings.balancer.drain_seconds,
    )


def bad(settings: Settings) -> float:
    return bad_image_seconds(
        tasks=settings.autoscaling.min_tasks,
        cpu_units=settings.service.cpu_units,
        health_interval_seconds=settings.balancer.health_interval_seconds,
        unhealthy_threshold=settings.balancer.unhealthy_threshold,
        grace_seconds=settings.service.grace_seconds,
    )


@pytest.mark.parametrize("stack", STACKS)
class TestOurStacks:
    """A setting that costs minutes at every release is noticed here."""

    def test_roll_two_tasks_out_within_the_budget(self, stack: str) -> None:
        assert healthy(settings_of(stack), tasks=2) <= HEALTHY_BUDGET_SECONDS

    def test_notice_a_bad_image_within_the_budget(self, stack: str) -> None:
        assert bad(settings_of(stack)) <= BAD_IMAGE_BUDGET_SECONDS

    def test_give_the_new_code_its_first_request_early(self, stack: str) -> None:
        settings = settings_of(stack)
        first = rollout_time.first_task_seconds(settings.service.cpu_units)
        assert first + settings.balancer.health_interval_seconds <= FIRST_TRAFFIC_SECONDS


class TestTheModel:
    """Sums that can be checked by hand."""

    def test_adds_the_parts_of_a_healthy_rollout(self) -> None:
        # 5 + 23 + .09 * (80 - 30) + .85, then 5 + 5 + 15 + 2.3, then 4
        assert healthy_rollout_seconds(**GOOD) == pytest.approx(64.65)

    def test_has_awss_default_drain_cost_minutes(self) -> None:
        slow = healthy_rollout_seconds(**{**GOOD, "drain_seconds": 300})
        assert slow - healthy_rollout_seconds(**GOOD) == pytest.approx(285)

    def test_starts_all_tasks_at_once_when_twice_as_many_may_run(self) -> None:
        assert [rollout_time.batches(tasks) for tasks in (1, 2, 7)] == [1, 1, 1]

    @pytest.mark.parametrize(("tasks", "waves"), [(1, 3), (2, 2), (3, 1), (6, 1)])
    def test_counts_the_waves_of_crashes_until_enough_have_died(
        self, tasks: int, waves: int
    ) -> None:
        expected = waves * rollout_time.first_task_seconds(512) + 5 + 4
        assert crash_seconds(tasks=tasks, cpu_units=512) == pytest.approx(expected)

    def test_takes_the_slower_of_crash_and_failed_checks(self) -> None:
        # 33.35 + 2 * 5 + 15 + 45 + 4
        assert bad_image_seconds(**BAD) == pytest.approx(107.35)
        one = {**BAD, "tasks": 1, "cpu_units": 256}
        assert bad_image_seconds(**one) == crash_seconds(tasks=1, cpu_units=256)

    def test_knows_no_processor_faster_than_the_largest_that_was_tried(self) -> None:
        assert rollout_time.boot_seconds(4096) == rollout_time.boot_seconds(1024)
