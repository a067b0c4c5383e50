"""The Procfile's rules: plain commands, each name once, a web process."""

from pathlib import Path

import pytest

from infra.procfile import (
    MissingVariableError,
    Process,
    ProcfileError,
    parse_procfile,
    read_procfile,
)
from infra.settings import PROCFILE

PATH = Path("app/Procfile")


def problems(text: str) -> list[str]:
    with pytest.raises(ProcfileError) as caught:
        parse_procfile(text, PATH)
    return caught.value.problems


class TestWhatItSays:
    """One line each: what runs, in which order, under which name."""

    def test_release_web_and_the_jobs_are_told_apart(self) -> None:
        text = "# first\nrelease: run release\n\nweb: run --port $PORT\nworker:x -y\nclock : z\n"
        procfile = parse_procfile(text, PATH)
        assert procfile.release == Process("release", "run release"), "migrations are lost"
        assert [each.name for each in procfile.services] == ["web", "worker", "clock"], (
            "a process would not be started"
        )
        assert [each.name for each in procfile.jobs] == ["worker", "clock"], (
            "a job is put behind the balancer, or runs nowhere"
        )
        assert procfile.processes == (procfile.release, *procfile.services), "not in their order"

    def test_without_release_there_is_none(self) -> None:
        procfile = parse_procfile("web: run\n", PATH)
        assert procfile.release is None
        assert not procfile.jobs

    def test_of_this_application_can_be_run(self) -> None:
        procfile = read_procfile(PROCFILE)
        assert procfile.services[0].name == "web", "nothing would serve"


class TestCommands:
    """The image has no shell, so a command is its words."""

    def test_quoted_operators_are_ordinary_characters(self) -> None:
        process = parse_procfile("web: run 'a|b' \"c;d\"", PATH).services[0]
        assert process.argv({}) == ["run", "a|b", "c;d"], "a harmless argument is refused or torn"

    def test_variables_are_replaced_without_splitting_the_word(self) -> None:
        process = Process("web", "run --bind 0.0.0.0:$PORT ${NAME}x")
        assert process.variables == {"PORT", "NAME"}, "nobody asks for their values"
        values = {"PORT": "80", "NAME": "a b", "OTHER": "c"}
        assert process.argv(values) == ["run", "--bind", "0.0.0.0:80", "a bx"]

    def test_a_value_is_not_looked_into_for_variables(self) -> None:
        process = Process("web", "run $A")
        assert process.argv({"A": "$B", "B": "secret"}) == ["run", "$B"], (
            "one setting could read another"
        )

    def test_a_variable_without_a_value_is_named(self) -> None:
        with pytest.raises(MissingVariableError, match=r"web .* \$THREADS") as caught:
            Process("web", "run $THREADS").argv({})
        assert (caught.value.process, caught.value.variable) == ("web", "THREADS")

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
    def test_what_needs_a_shell_is_refused(self, command: str, said: str) -> None:
        assert said in problems(f"web: {command}")[0], "the task would never start"


class TestProblems:
    """All at once, each with its line."""

    def test_every_problem_is_named_at_once_with_its_line(self) -> None:
        found = problems("web: serve\nweb: again\nnonsense\nworker: a | b\n")
        assert len(found) == 3, "the person would correct them one run at a time"
        assert [problem.split(":")[0] for problem in found] == ["line 2", "line 3", "line 4"]
        assert "line 1" in found[0], "where the name was first used is not said"

    def test_a_name_alone_is_no_process(self) -> None:
        assert "line 1" in problems("web:\n")[0], "a task without a command"

    def test_a_procfile_without_web_is_refused(self) -> None:
        assert "no line `web: command`" in problems("worker: run")[0], "nothing would ever answer"

    def test_the_message_names_the_file(self) -> None:
        with pytest.raises(ProcfileError, match=r"^app/Procfile cannot be used:\n  - line 1"):
            parse_procfile("nonsense\nweb: run\n", PATH)

    def test_a_missing_procfile_says_so(self, tmp_path: Path) -> None:
        with pytest.raises(ProcfileError, match="not there, so nothing says what to run"):
            read_procfile(tmp_path / "Procfile")

    def test_a_file_that_is_no_text_says_so(self, tmp_path: Path) -> None:
        (tmp_path / "Procfile").write_bytes(b"web: \xff\n")
        with pytest.raises(ProcfileError, match="cannot be read"):
            read_procfile(tmp_path / "Procfile")
