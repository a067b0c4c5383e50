"""The Procfile's rules: plain commands, each name once, a web process."""

from pathlib import Path

import pytest

from local.problems import LocalError
from local.procfile import Process, ProcfileError, parse_procfile, read_procfile

PATH = Path("app/Procfile")


def problems(text: str) -> list[str]:
    with pytest.raises(ProcfileError) as caught:
        parse_procfile(text, PATH)
    return caught.value.problems


def test_release_is_kept_apart_from_the_processes_that_stay() -> None:
    procfile = parse_procfile(
        "# comment\nrelease: python -m app release\n\nweb: run --port $PORT\nworker:x -y\n", PATH
    )
    assert procfile.release == Process("release", "python -m app release"), "migrations are lost"
    assert [process.name for process in procfile.services] == ["web", "worker"], (
        "a process would not be started"
    )


def test_the_projects_own_procfile_can_be_run() -> None:
    procfile = read_procfile(Path(__file__).parents[2] / PATH)
    assert procfile.release is not None, "`make up` would serve without tables"


def test_every_problem_is_named_at_once_with_its_line() -> None:
    found = problems("web: serve\nweb: again\nnonsense\nworker: a | b\n")
    assert len(found) == 3, "the person would correct them one run at a time"
    assert [problem.split(":")[0] for problem in found] == ["line 2", "line 3", "line 4"]
    assert "line 1" in found[0], "where the name was first used is not said"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("a | b", "'|'"),
        ("a && b", "'&&'"),
        ("a > log", "'>'"),
        ("echo $(date)", "'('"),
        ("echo `date`", "'`'"),
        ("A=1 run", "'A=1' is a setting"),
        ("run ${PORT:-80}", "only $NAME"),
        ("run 'open", "not closed"),
    ],
)
def test_what_needs_a_shell_is_refused_as_the_image_has_none(command: str, said: str) -> None:
    assert said in problems(f"web: {command}")[0], "it would work here and fail in the image"


def test_quoted_operators_are_ordinary_characters() -> None:
    process = parse_procfile("web: run 'a|b' \"c;d\"", PATH).services[0]
    assert process.argv({}) == ["run", "a|b", "c;d"], "a harmless argument is refused or torn"


def test_a_procfile_without_web_is_refused() -> None:
    assert "no line `web: command`" in problems("worker: run")[0], "nothing would ever answer"


def test_variables_are_replaced_without_splitting_the_word() -> None:
    process = Process("web", "run --bind 0.0.0.0:$PORT ${NAME}x")
    assert process.argv({"PORT": "80", "NAME": "a b"}) == ["run", "--bind", "0.0.0.0:80", "a bx"]


def test_a_variable_without_a_value_is_named() -> None:
    with pytest.raises(LocalError, match=r"web .* \$THREADS.*\n.*THREADS=\.\.\."):
        Process("web", "run $THREADS").argv({})


def test_a_missing_procfile_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="in the project's folder"):
        read_procfile(tmp_path / "Procfile")
