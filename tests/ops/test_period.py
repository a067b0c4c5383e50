"""A point in the past as a person writes it."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.logs.period import beginning
from ops.problems import OpsError

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        (" 1w ", timedelta(weeks=1)),
        ("2026-03-01T12:00Z", timedelta(days=1)),
        ("2026-03-02T12:30:00+01:00", timedelta(minutes=30)),
    ],
)
def test_it_is_so_long_ago(text: str, ago: timedelta) -> None:
    assert NOW - beginning(text, NOW) == ago


def test_a_date_without_a_zone_is_this_machines() -> None:
    assert beginning("2026-03-01", NOW) == datetime(2026, 3, 1).astimezone()


@pytest.mark.parametrize("text", ["", "1", "h", "1y", "-1h", "1 h", "tomorrow", "2026-13-01"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(OpsError, match="Write how long ago, as 90s, 15m, 1h30m or 2d"):
        beginning(text, NOW)


def test_the_future_is_refused() -> None:
    with pytest.raises(OpsError, match="is not in the past"):
        beginning("2026-03-02T12:01Z", NOW)
