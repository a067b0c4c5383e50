"""Lines of text from pieces of bytes."""

from __future__ import annotations

from emulated.server.lines import whole_lines


def test_a_line_that_comes_in_pieces_stays_one() -> None:
    pieces = [b"mig", b"rated", b"\n", b"to \xc3", b"\xa4\r\n\nthe end"]
    assert list(whole_lines(pieces)) == ["migrated", "to ä", "the end"], (
        "a release's log would show halves of lines"
    )


def test_nothing_printed_is_no_line() -> None:
    assert list(whole_lines([])) == []
