"""How long a backup plan may leave between two recovery points."""

import pytest

from ops.backup_schedule import days_between


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("cron(0 2 * * ? *)", 1),
        ("cron(0 0/12 * * ? *)", 1),
        ("cron(0 2 ? * * *)", 1),
        ("cron(0 2 1/2 * ? *)", 2),
        ("cron(0 2 ? * MON-FRI *)", 3),
        ("cron(0 2 ? * 2-6 *)", 3),
        ("cron(0 2 ? * sat *)", 7),
        ("cron(0 2 ? * L *)", 7),
        ("cron(0 2 ? * SUN,WED *)", 4),
        ("cron(0 2 1,15 * ? *)", 17),
        ("cron(0 2 1 * ? *)", 31),
        ("cron(0 2 31 * ? *)", 61),
        ("cron(0 2 L * ? *)", 31),
        ("cron(0 2 LW * ? *)", 33),
        ("cron(0 2 15W * ? *)", 32),
        ("cron(0 2 1W * ? *)", 33),
        ("cron(0 2 ? * 6#3 *)", 35),
        ("cron(0 2 ? * 5L *)", 35),
        ("cron(0 2 1 1/3 ? *)", 92),
        ("cron(0 2 1 JAN ? *)", 366),
        ("rate(1 day)", 1),
        ("cron(0 2 ? * XYZ *)", 1),
        ("", 1),
    ],
)
def test_the_longest_time_between_two_firings(expression: str, days: int) -> None:
    assert days_between(expression) == days
