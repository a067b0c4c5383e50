"""AWS's cron expressions: what AWS takes passes, what it refuses does not."""

import pytest

from infra import cron
from infra.problems import RejectedError

GOOD = [
    "cron(0 2 * * ? *)", "cron(0 3 ? * SAT *)", "cron(0 4 1 * ? *)", "cron(0/15 * * * ? *)",
    "cron(0 8-18/2 ? * MON-FRI *)", "cron(0 8 L * ? *)", "cron(0 8 LW * ? *)",
    "cron(0 8 15W * ? *)",
    "cron(0 8 ? * 6#3 *)", "cron(0 8 ? * 5L *)", "cron(0 8 ? * L *)", "cron(0 8 1,15 * ? *)",
    "cron(0 8 1 JAN,JUL ? *)", "cron(0 8 1 jan ? 2030)", "cron(59 23 31 12 ? 2199)",
    "cron(0 8 ? * 2-6 2027-2030)",
]  # fmt: skip
BAD = [
    "", "cron()", "rate(1 day)", "0 2 * * ? *", "cron(0 2 * * ?)", "cron(0 2 * * ? * *)",
    "cron(60 2 * * ? *)", "cron(0 24 * * ? *)", "cron(0 2 0 * ? *)", "cron(0 2 32 * ? *)",
    "cron(0 2 * 13 ? *)", "cron(0 2 ? * 8 *)", "cron(0 2 ? * 0 *)", "cron(0 2 * * ? 1969)",
    "cron(0 2 * * * *)", "cron(0 2 ? * ? *)", "cron(? 2 * * ? *)", "cron(0 2 1,,2 * ? *)",
    "cron(0 2 1- * ? *)", "cron(0 2-1 * * ? *)", "cron(0/0 2 * * ? *)", "cron(0/x 2 * * ? *)",
    "cron(0 2 ? * MON#6 *)", "cron(0 2 32W * ? *)", "cron(+1 2 * * ? *)", "cron(1_0 2 * * ? *)",
    "cron(-1 2 * * ? *)", "cron(0 2 * * ? *) ", "cron(0 2 ? * MONDAY *)", "cron(1.5 2 * * ? *)",
]  # fmt: skip


class TestExpressions:
    """A schedule that AWS refuses stops an update in the middle; one that is wrong never fires."""

    @pytest.mark.parametrize("text", GOOD)
    def test_that_aws_takes_pass_as_they_are(self, text: str) -> None:
        assert cron.expression(text) == text

    @pytest.mark.parametrize("text", BAD)
    def test_that_aws_refuses_are_refused_with_one_that_works(self, text: str) -> None:
        with pytest.raises(RejectedError) as refusal:
            cron.expression(text)
        assert cron.expression(refusal.value.write), "what is offered instead is refused too"

    @pytest.mark.parametrize(
        ("text", "minute"),
        [
            ("cron(0 2 * * ? *)", 120),
            ("cron(30 23 * * ? *)", 1410),
            ("cron(0/15 2 * * ? *)", None),
            ("cron(0 1,2 * * ? *)", None),
        ],
    )
    def test_say_when_of_the_day_they_fire(self, text: str, minute: int | None) -> None:
        assert cron.start_minute(text) == minute, "a snapshot meets the maintenance window"

    @pytest.mark.parametrize(
        ("text", "days"),
        [
            ("cron(0 2 * * ? *)", 1),
            ("cron(0 2 ? * MON-FRI *)", 1),
            ("cron(0 2 1,15 * ? *)", 1),
            ("cron(0 2 ? * SAT *)", 7),
            ("cron(0 2 ? * 7 *)", 7),
            ("cron(0 2 ? * L *)", 7),
            ("cron(0 2 1 * ? *)", 28),
            ("cron(0 2 LW * ? *)", 28),
            ("cron(0 2 ? * 6#3 *)", 28),
            ("cron(0 2 ? * 5L *)", 28),
            ("cron(0 2 1 JAN ? *)", 365),
            ("cron(0 2 1 6 ? *)", 365),
        ],
    )
    def test_say_how_many_days_lie_between_at_least(self, text: str, days: int) -> None:
        assert cron.least_gap_days(text) == days, "snapshots expire before the next is made"
