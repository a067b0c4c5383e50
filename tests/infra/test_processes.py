"""Processes: the Procfile says what there is, the settings say how much of it."""

from pathlib import Path

import pytest

from infra.problems import SettingsError
from infra.process_rules import OTHER_PARTS
from infra.settings import load_settings
from planning.recording import Recording
from tests.infra.changing import changed, problems_of
from tests.infra.planned import LONE, WEB_ALONE, processes
from tests.support.stacks import config_of
from tests.support.tokens import LOG_GROUP

JOB = config_of("prod")["processes"]["schedule"]


@pytest.fixture
def procfile(tmp_path: Path) -> Path:
    """A Procfile that a test writes."""
    return tmp_path / "Procfile"


class TestThePair:
    """What is in one of the two and not in the other would run nowhere, or run nothing."""

    def test_a_process_that_only_the_procfile_has_is_asked_for(self, procfile: Path) -> None:
        procfile.write_text(f"{WEB_ALONE}mailer: python -m app mailer\n")
        (problem,) = problems_of(changed(LONE), procfile)
        assert problem.key == "processes.mailer"
        assert "a line `mailer:`" in problem.allowed, "nobody knows who asks for it"

    def test_a_process_that_only_the_settings_have_is_refused(self, procfile: Path) -> None:
        procfile.write_text(WEB_ALONE)
        (problem,) = problems_of(changed({**LONE, "processes": {"mailer": JOB}}), procfile)
        assert problem.key == "processes.mailer"
        assert "it has none" in problem.allowed, "nobody sees what there is"
        assert "mailer: command" in problem.write, "nobody learns what to write"

    def test_web_and_release_have_sections_of_their_own(self, procfile: Path) -> None:
        procfile.write_text(f"release: flask deploy\n{WEB_ALONE}")
        assert not problems_of(changed(LONE), procfile)

    @pytest.mark.parametrize("name", OTHER_PARTS)
    def test_a_process_with_the_name_of_another_part_is_refused(
        self, procfile: Path, name: str
    ) -> None:
        procfile.write_text(f"{WEB_ALONE}{name}: run\n")
        (problem,) = problems_of(changed({**LONE, "processes": {name: JOB}}), procfile)
        assert problem.key == f"processes.{name}", "two log groups or tasks of one name"

    def test_the_names_of_other_parts_are_all_known(self, prod: Recording) -> None:
        roles = {each.name.removeprefix("flaskapp-prod-") for each in prod.of_type(LOG_GROUP)}
        others = {each for each in roles - set(processes(prod)) if not each.startswith("database")}
        assert {*others, "console"} == set(OTHER_PARTS), (
            "a process could take the log group of another part"
        )


class TestTheProcfile:
    """Its problems are told with those of the settings: one round for all mistakes."""

    def test_problems_stand_among_those_of_the_settings(self, procfile: Path) -> None:
        procfile.write_text("nonsense\nworker: a | b\n")
        with pytest.raises(SettingsError) as refusal:
            load_settings(changed({"stage": "Live"}), procfile)
        lines = str(refusal.value).splitlines()
        assert lines[0] == "4 settings of this stack cannot be used:"
        assert "  - Procfile: line 1: 'nonsense' is not of the form `name: command`" in lines
        assert any(
            line.startswith("  - Procfile: line 2: '|' would need a shell") for line in lines
        )
        assert any(line.startswith("  - stage: ") for line in lines), "two rounds for two mistakes"

    def test_that_is_missing_is_said(self, procfile: Path) -> None:
        (problem,) = problems_of(changed({}), procfile)
        assert str(problem) == "Procfile: it is not there, so nothing says what to run"

    def test_that_is_broken_hides_no_process_of_the_settings(self, procfile: Path) -> None:
        procfile.write_text("web: 'open\n")
        keys = {problem.key for problem in problems_of(changed({}), procfile)}
        assert keys == {"Procfile"}, "processes are compared with what could not be read"


class TestCommands:
    """There is no shell in the image, so values are put in while the stack is planned."""

    def test_that_use_an_unknown_variable_are_refused(self, procfile: Path) -> None:
        procfile.write_text("web: run --bind $PORT --workers $WORKERS\n")
        (problem,) = problems_of(changed(LONE), procfile)
        assert problem.key == "config.WORKERS"
        assert "`web:` uses $WORKERS" in problem.allowed, "the task would not start"

    def test_that_use_the_users_own_are_accepted(self, procfile: Path) -> None:
        procfile.write_text("web: run --bind $PORT --workers $WORKERS --stop $STOP_TIMEOUT\n")
        assert not problems_of(changed({**LONE, "config": {"WORKERS": 2}}), procfile)

    @pytest.mark.parametrize("name", ["API_TOKEN", "SECRET_KEY", "DATABASE_HOST"])
    def test_that_use_what_only_the_task_knows_are_refused(self, procfile: Path, name: str) -> None:
        procfile.write_text(f"web: run ${name}\n")
        changes = {**LONE, "secrets": {"API_TOKEN": {"secure": "x"}}}
        keys = [problem.key for problem in problems_of(changed(changes), procfile)]
        assert keys == [f"config.{name}"], "a secret would stand in the command for all to see"


class TestConnections:
    """Every task of every process may hold its connections, old and new ones at once."""

    def test_of_jobs_count(self) -> None:
        fits = {"autoscaling.max-tasks": 12}
        assert not problems_of(changed(fits))
        (problem,) = problems_of(changed({**fits, "processes.worker.threads": 3}))
        assert problem.key == "autoscaling.max-tasks"
        assert "13 of other processes" in problem.given, "nobody sees who takes them"
        assert problem.write.startswith("11,"), "what is written is refused again"

    def test_of_jobs_alone_may_be_too_many(self) -> None:
        changes = {"processes.worker.max-tasks": 60, "autoscaling.max-tasks": 2}
        (problem,) = problems_of(changed(changes))
        assert problem.key == "processes.worker.max-tasks", (
            "who takes the blame is not who takes the connections"
        )

    def test_of_a_larger_database_are_enough(self) -> None:
        changes = {"processes.worker.max-tasks": 60, "database.instance-class": "db.t4g.medium"}
        assert not problems_of(changed(changes))
