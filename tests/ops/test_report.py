"""What a verb shows: text for a person, or JSON for a program."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ops.report import Report


@dataclass(frozen=True)
class Pair:
    left: object
    right: object


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)


def test_lines_and_tables_are_for_people_only(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=True)
    report.print("text")
    report.table(["a"], [["b"]])
    report.document({"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}


def test_the_document_is_for_programs_only(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=False)
    report.document({"a": 1})
    report.json_line({"a": 1})
    report.print("text")
    assert capsys.readouterr().out == "text\n"


def test_progress_is_no_result(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=False).say("waiting")
    Report(as_json=True).say("waiting")
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "waiting\nwaiting\n")


def test_what_looks_like_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report(as_json=False)
    report.print("[red]not a colour[/red] [/]")
    report.table(["[b]"], [["[bold]x[/bold]"]])
    out = capsys.readouterr().out
    assert "[red]not a colour[/red] [/]" in out
    assert "[bold]x[/bold]" in out


def test_no_line_is_broken_where_nobody_sees_the_edge(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100
    report = Report(as_json=False)
    report.print(long)
    report.table(["a", "b"], [["x", long]])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == long, "`bin/ops … | grep` finds what stands behind the edge"
    assert sum("word" in line for line in lines[1:]) == 1


def test_a_line_is_left_to_the_terminal_to_break(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    Report(as_json=False).print("word " * 20)
    assert capsys.readouterr().out == "word " * 20 + "\n", "a copied line stays whole"


def test_a_table_fits_a_narrow_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    Report(as_json=False).table(["a", "b"], [["x" * 20, "y" * 20]])
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 30
    assert "".join(lines).count("y") == 20, "nothing is cut off"


def test_every_kind_of_value_has_its_place_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    time = datetime(2026, 3, 2, 12, tzinfo=UTC)
    Report(as_json=True).json_line(
        {
            "time": time,
            "pair": Pair(1, (2, 3)),
            "set": frozenset({4}),
            "whole": Decimal(5),
            "half": Decimal("0.5"),
            "umlaut": "ä",
        }
    )
    out = capsys.readouterr().out
    assert out.count("\n") == 1, "one result, one line"
    assert "ä" in out
    assert json.loads(out) == {
        "time": "2026-03-02T12:00:00+00:00",
        "pair": {"left": 1, "right": [2, 3]},
        "set": [4],
        "whole": 5,
        "half": 0.5,
        "umlaut": "ä",
    }


def test_only_the_last_column_is_broken(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    Report(as_json=False).table(["task", "why"], [["x" * 26, "word " * 20]])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("x" * 26) for line in lines), "it can be copied"
    assert max(map(len, lines)) <= 50
    assert len(lines) > 3


def test_where_there_is_no_room_each_row_is_a_block(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    report = Report(as_json=False)
    report.table(["task", "release", "size"], [["8f0c1a2b", 3, "0.25 vCPU, 512 MiB, Spot"]])
    assert capsys.readouterr().out.splitlines() == [
        "task     8f0c1a2b",
        "release  3",
        "size     0.25 vCPU, 512 MiB, Spot",
        "",
    ]


def test_a_mark_stands_before_the_first_of_a_block(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    Report(as_json=False).table(["", "number", "verdict"], [["✓", 3, "succeeded " * 3]])
    assert capsys.readouterr().out.splitlines()[:2] == [
        "number   ✓ 3",
        "verdict  succeeded succeeded succeeded ",
    ]


def test_a_table_without_rows_is_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    Report(as_json=False).table(["task", "why"], [])
    assert capsys.readouterr().out.split()[:2] == ["task", "why"]


def test_what_has_no_place_in_json_is_a_fault() -> None:
    with pytest.raises(TypeError, match="object has no place in JSON"):
        Report(as_json=True).document({"a": object()})
