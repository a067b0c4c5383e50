"""`make plan`: the table, its other forms, and what a person is told when there is none."""

import io
import json
import resource
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest
import yaml

from infra.problems import SettingsError
from planning import command, report
from planning.plan import ROOT, Plan, make_plan
from planning.rows import rows
from tests.support.stacks import plan_of


@pytest.fixture(scope="module")
def prod() -> Plan:
    return plan_of("prod")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A project folder whose staging has two settings that cannot be used."""
    content = yaml.safe_load((ROOT / "Pulumi.staging.yaml").read_text())
    content["config"]["flask-fargate:region"] = "mars-north-1x"
    content["config"]["flask-fargate:network"]["cidr"] = "8.8.8.0/16"
    (tmp_path / "Pulumi.staging.yaml").write_text(yaml.safe_dump(content))
    return tmp_path


class TestContent:
    """Whoever reads the plan sees all resources, and what of them costs or protects."""

    def test_every_resource_is_counted_once(self, prod: Plan) -> None:
        assert sum(row.count for row in rows(prod)) == len(prod.recording.custom)

    def test_resources_are_grouped_by_their_component(self, prod: Plan) -> None:
        by_component = {(row.component, row.resource): row.count for row in rows(prod)}
        assert by_component["database", "rds Instance"] == 1
        assert by_component["network", "ec2 Subnet"] == 9
        assert not [row for row in rows(prod) if row.component == "stack"], (
            "resources outside of any component would move when one is made"
        )

    def test_components_of_one_kind_stand_together(self, prod: Plan) -> None:
        by_component = {(row.component, row.resource): row.count for row in rows(prod)}
        assert by_component["service", "ecs Service"] == 3
        assert by_component["task", "ecs TaskDefinition"] == 5
        labels = [label for label, _ in groupby(row.component for row in rows(prod))]
        assert len(set(labels)) == len(labels), "a process is shown here, the next one there"

    def test_sizes_retention_and_protection_are_told(self, prod: Plan) -> None:
        text = report.plain(prod)
        for said in ("db.t4g.small", "Multi-AZ", "backups 35 days", "deletion protection"):
            assert said in text
        assert "512 CPU units, 1024 MiB, ARM64" in text
        assert "FARGATE, behind the balancer" in text

    def test_example_values_are_warned_of(self, prod: Plan) -> None:
        assert "account-id still holds an example value" in prod.warnings

    def test_plain_http_is_warned_of(self) -> None:
        assert any("plain HTTP" in warning for warning in plan_of("emulated").warnings)

    def test_a_plan_that_passes_says_what_was_looked_at(self, prod: Plan) -> None:
        assert prod.passed
        assert [check.name for check in prod.checks] == ["settings", "declarations", "provider"]


class TestForms:
    """One content: for a terminal, a pipe, a pull request and a program."""

    def test_plain_text_is_never_cut(self, prod: Plan) -> None:
        assert "…" not in report.plain(prod)
        assert f"Total of prod: {len(prod.recording.custom)} resources" in report.plain(prod)

    def test_a_terminal_gets_a_table(self, prod: Plan) -> None:
        screen = io.StringIO()
        report.show_table(prod, screen)
        assert "Settings that matter" in screen.getvalue()
        assert "rds Instance" in screen.getvalue()

    def test_markdown_begins_with_what_a_later_run_looks_for(self, prod: Plan) -> None:
        lines = report.markdown(prod).splitlines()
        assert lines[0] == report.marker("prod") == "<!-- flask-fargate plan of prod -->"
        assert any(line.startswith("| database | rds Instance | 1 |") for line in lines)

    def test_json_lists_every_resource(self, prod: Plan) -> None:
        content = json.loads(report.as_json(prod))
        listed = [item for group in content["components"] for item in group["resources"]]
        assert len(listed) == content["totals"]["resources"] == len(prod.recording.custom)
        assert content["passed"] is True
        assert "address" in content["outputs"]

    def test_the_summary_has_totals_checks_and_warnings(self) -> None:
        text = report.summary("staging")
        assert text.startswith("Plan of staging: ")
        assert "check provider: ok" in text
        assert "warning: " in text


class TestProblems:
    """A user's mistake ends in a sentence and an exit code, not in a traceback."""

    def test_every_problem_of_the_settings_is_named(self, broken: Path) -> None:
        with pytest.raises(SettingsError) as refused:
            make_plan("staging", broken)
        assert "region" in str(refused.value)
        assert "network.cidr" in str(refused.value), "one round for each mistake"

    def test_settings_that_cannot_be_used_exit_with_1(
        self, broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(command, "make_plan", lambda stack: make_plan(stack, broken))
        assert command.main(["--stack", "staging"]) == 1
        written = capsys.readouterr()
        assert "network.cidr" in written.err
        assert "Traceback" not in written.err
        assert not written.out

    def test_an_unknown_stack_is_answered_with_those_that_exist(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert command.main(["--stack", "production"]) == 1
        assert "emulated, prod, staging" in capsys.readouterr().err

    def test_a_refused_resource_exits_with_1_and_is_named(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr("planning.plan.problems", lambda declared: ["port: 70000 given"])
        assert command.main(["--stack", "staging"]) == 1
        assert "port: 70000 given" in capsys.readouterr().out

    def test_two_forms_at_once_are_refused(self) -> None:
        with pytest.raises(SystemExit) as ended:
            command.main(["--stack", "prod", "--json", "--markdown"])
        assert ended.value.code == 2


class TestProcess:
    """`make plan` as it is run: from the shell, in a pipe, without the tools of a deployment."""

    def test_it_needs_no_pulumi_no_credentials_and_no_home(self, tmp_path: Path) -> None:
        ended = subprocess.run(
            [sys.executable, "-m", "planning", "--stack", "prod"],
            cwd=ROOT,
            env={"PATH": "/nowhere", "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        assert "\x1b[" not in ended.stdout, "colour codes in a pipe"
        assert "Check provider: ok" in ended.stdout
        assert not ended.stderr

    def test_a_warm_run_takes_little_of_the_processor(self) -> None:
        """Processor time with room for a busy machine: 2 s of wall clock are promised."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "planning", "--stack", "prod", "--json"],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime - before.ru_utime < 6, "the provider's packages are imported whole"
