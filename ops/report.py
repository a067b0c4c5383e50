"""What a verb shows: text for a person, or one JSON document for a program. Nothing else prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


UNSEEN_WIDTH = 1000
# The last column of a table may be broken, but not into less than this; between columns is a gap.
LAST_COLUMN_WIDTH, GAP_WIDTH = 20, 3


class Report:
    """Where a verb's lines go: results to standard output, progress and questions to the other."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    @cached_property
    def out(self) -> Console:
        """Standard output, coloured where it is a terminal and NO_COLOR is unset."""
        # Whoever reads a pipe takes lines apart: none may be broken where nobody sees the edge.
        seen = sys.stdout.isatty() or "COLUMNS" in os.environ
        return _console(width=None if seen else UNSEEN_WIDTH)

    @cached_property
    def progress(self) -> Console:
        """Standard error."""
        return _console(stderr=True, soft_wrap=True)

    def say(self, line: str) -> None:
        """Progress: one line, never part of the result."""
        self.progress.print(line, markup=False, style="dim")

    def print(self, line: str | Text = "", *, style: str = "") -> None:
        """A line of the result for a person; nothing with --json."""
        if not self.as_json:
            # The terminal breaks long lines by itself, and a copied one stays whole.
            self.out.print(line, markup=False, style=style or None, soft_wrap=True)

    def pass_on(self, line: str) -> None:
        """A line of another program's, exactly as it is; nothing with --json."""
        if not self.as_json:
            print(line, flush=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Rows under headings, the last column as wide as there is room; where there is too little
        for the others, each row as a block of lines.
        """
        if self.as_json:
            return
        from rich.text import Text

        cells = [
            [each if isinstance(each, Text) else Text(str(each)) for each in row] for row in rows
        ]
        if self._has_room(columns, cells):
            self._print_table(columns, cells)
        else:
            self._print_blocks(columns, cells)

    def _has_room(self, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> bool:
        widths = [
            max(len(column), *(row[place].cell_len for row in rows), 0)
            for place, column in enumerate(columns)
        ]
        last = min(widths[-1], LAST_COLUMN_WIDTH)
        return sum(widths[:-1]) + last + GAP_WIDTH * (len(columns) - 1) <= self.out.width

    def _print_table(self, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
        for place, column in enumerate(columns):
            table.add_column(column, overflow="fold", no_wrap=place < len(columns) - 1)
        for row in rows:
            table.add_row(*row)
        self.out.print(table)

    def _print_blocks(self, columns: Sequence[str], rows: Sequence[Sequence[Text]]) -> None:
        from rich.text import Text

        wide = max(map(len, columns)) + 2
        for row in rows:
            cells = list(zip(columns, row, strict=True))
            # A mark has no name: it stands before the first that has one.
            marks = [cell for column, cell in cells if not column]
            for place, (column, cell) in enumerate(each for each in cells if each[0]):
                before = [*marks, Text(" ")] if marks and not place else []
                self.print(Text.assemble((column.ljust(wide), "bold"), *before, cell))
            self.print()

    def document(self, content: Mapping[str, Any] | Sequence[Any]) -> None:
        """The result for a program; nothing without --json."""
        if self.as_json:
            print(_json(content, indent=2))

    def json_line(self, content: Mapping[str, Any]) -> None:
        """One of many results, on a line of its own at once; nothing without --json."""
        if self.as_json:
            print(_json(content), flush=True)


def _console(**options: Any) -> Console:
    """A console that leaves it to the program to end when nobody reads any more."""
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            # Rich would end the program as one that has failed.
            raise BrokenPipeError

    return Ours(highlight=False, emoji=False, **options)


def _json(content: object, indent: int | None = None) -> str:
    """As it reads best; in ASCII where the output has no place for all letters."""
    any_letter = (sys.stdout.encoding or "").lower().startswith("utf")
    return json.dumps(
        content, default=_plain, indent=indent, ensure_ascii=not any_letter, allow_nan=False
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, (tuple, set, frozenset)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
