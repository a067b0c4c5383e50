"""Rows that psql has printed, for a program."""

from __future__ import annotations

import csv
import io
from collections import Counter

from ops.problems import OpsError

# One table as CSV and not a word else, whatever the person's own file sets: of several statements
# the last one's, as psql before 15 did anyway [psql, SHOW_ALL_RESULTS].
AS_ONE_TABLE = ("--no-psqlrc", "--quiet", "--csv", "--set=SHOW_ALL_RESULTS=off")


def rows_of(printed: bytes) -> list[dict[str, str]]:
    """The rows by their columns' names; OpsError when JSON could not hold all that was printed."""
    text = io.StringIO(printed.decode(errors="replace"), newline="")
    # The module's own limit is 128 KiB; a text of a database may be longer.
    csv.field_size_limit(len(printed) + 1)
    # An empty line is the only value of a row, and that is empty.
    lines = [row or [""] for row in csv.reader(text)]
    if not lines:
        return []
    names, *rows = lines
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise OpsError(
            f"The statement was run, but several of its columns are called {twice[0]!r}, and JSON "
            "holds one of them.\nName each by AS."
        )
    if any(len(row) != len(names) for row in rows):
        raise OpsError(
            "The statement was run, but psql printed more than one table.\nLeave --json out."
        )
    return [dict(zip(names, row, strict=True)) for row in rows]
