"""What a person is told about a Procfile that cannot be run; its rules: tests/infra."""

from pathlib import Path

import pytest

from infra.procfile import Process
from local.problems import LocalError
from local.procfile import command_of, read_procfile


def test_every_problem_is_named_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "Procfile"
    file.write_text("web: serve\nweb: again\nnonsense\nworker: a | b\n")
    with pytest.raises(LocalError) as caught:
        read_procfile(file)
    told = str(caught.value)
    assert all(f"line {number}: " in told for number in (2, 3, 4)), (
        "the person would correct them one run at a time"
    )


def test_a_missing_procfile_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="in the project's folder"):
        read_procfile(tmp_path / "Procfile")


def test_a_variable_without_a_value_is_named_with_what_to_do() -> None:
    process = Process("web", "run $THREADS")
    with pytest.raises(LocalError, match=r"web .* \$THREADS.*\n.*THREADS=\.\.\."):
        command_of(process, {})
    assert command_of(process, {"THREADS": "2"}) == ["run", "2"]
