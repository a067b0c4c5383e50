"""What a reviewer reads about the time of a rollout follows from the settings."""

import re

from planning.report import markdown, plain
from planning.times import rollout_times
from tests.support.stacks import plan_of, settings_of


def seconds(line: str) -> list[int]:
    return [int(found) for found in re.findall(r"(\d+) s\b", line)]


def test_a_longer_drain_is_a_longer_rollout_and_no_later_notice() -> None:
    before = seconds(rollout_times(settings_of("prod")))
    after = seconds(rollout_times(settings_of("prod", {"balancer.drain-seconds": 45})))
    assert [b - a for a, b in zip(before, after, strict=True)] == [30, 0], (
        "the setting is not in it"
    )


def test_a_plan_says_it_to_people_and_in_a_pull_request() -> None:
    plan = plan_of("staging")
    said = rollout_times(plan.settings)
    assert said in plain(plan)
    assert said in markdown(plan)
