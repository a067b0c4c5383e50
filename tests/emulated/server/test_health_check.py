"""When a target of a balancer is healthy."""

from __future__ import annotations

from typing import Any

import pytest

from emulated.server.health_check import (
    REGISTERING,
    STARTING,
    TIMED_OUT,
    UNREACHABLE,
    Failure,
    HealthCheck,
    TargetRecord,
    wrong_code,
)

GROUP: dict[str, Any] = {
    "HealthCheckPath": "/livez",
    "HealthCheckIntervalSeconds": 10,
    "HealthCheckTimeoutSeconds": 2,
    "HealthyThresholdCount": 3,
    "UnhealthyThresholdCount": 2,
    "Matcher": {"HttpCode": "200-299,302"},
}
CHECK = HealthCheck.of(GROUP)


def record_after(
    *outcomes: Failure | None, start: float = 0.0, every: float = 10.0
) -> TargetRecord:
    record = TargetRecord(since=start)
    for number, outcome in enumerate(outcomes):
        record.note(CHECK, outcome, start + number * every)
    return record


def test_a_target_group_without_settings_has_those_of_aws() -> None:
    check = HealthCheck.of({})
    assert (check.path, check.port, check.codes) == ("/", None, "200")
    assert (check.interval_seconds, check.healthy_threshold, check.unhealthy_threshold) == (
        30,
        5,
        2,
    )


def test_a_check_may_ask_another_port() -> None:
    assert HealthCheck.of({"HealthCheckPort": "9000"}).port == 9000
    assert HealthCheck.of({"HealthCheckPort": "traffic-port"}).port is None


@pytest.mark.parametrize(
    ("code", "accepted"), [(200, True), (299, True), (302, True), (301, False)]
)
def test_the_matcher_takes_single_codes_and_ranges(code: int, accepted: bool) -> None:
    assert CHECK.accepts(code) is accepted


def test_a_new_target_is_healthy_with_its_first_success() -> None:
    assert record_after(None).state == "healthy", "rollouts would wait for three intervals"


def test_a_target_that_is_still_starting_is_not_called_unhealthy() -> None:
    assert record_after(UNREACHABLE, UNREACHABLE, UNREACHABLE, every=1).state == "initial", (
        "every slow start would be replaced before it could answer"
    )


def test_a_target_that_never_answers_becomes_unhealthy() -> None:
    record = record_after(UNREACHABLE, UNREACHABLE, TIMED_OUT)
    assert (record.state, record.failure) == ("unhealthy", TIMED_OUT), "a bad release would stay"


def test_a_new_target_says_whether_it_was_asked_already() -> None:
    assert TargetRecord().failure == REGISTERING
    record = record_after(UNREACHABLE)
    assert (record.state, record.failure) == ("initial", STARTING)


def test_one_failure_does_not_take_a_healthy_target_out() -> None:
    assert record_after(None, UNREACHABLE).state == "healthy"
    assert record_after(None, UNREACHABLE, None, UNREACHABLE).state == "healthy"
    assert record_after(None, UNREACHABLE, UNREACHABLE).state == "unhealthy"


def test_an_unhealthy_target_comes_back_after_its_threshold() -> None:
    failed = (UNREACHABLE, UNREACHABLE, UNREACHABLE)
    assert record_after(*failed, None, None).state == "unhealthy"
    assert record_after(*failed, None, None, None).state == "healthy"


def test_new_targets_are_asked_every_second_and_others_at_their_interval() -> None:
    record = TargetRecord(since=100.0, busy=True)
    record.note(CHECK, UNREACHABLE, 100.0)
    assert (record.due, record.busy) == (101.0, False)
    record.note(CHECK, None, 101.0)
    assert record.due == 111.0


def test_a_wrong_answer_is_shown_with_its_code() -> None:
    assert wrong_code(503).text == "Health checks failed with these codes: [503]"
    assert wrong_code(503).reason == "Target.ResponseCodeMismatch"
