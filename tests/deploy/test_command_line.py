"""What a person reads when something is missing, and the exit code that a program reads."""

import json
from pathlib import Path

import pytest
import yaml
from botocore.exceptions import NoCredentialsError

from deploy import __main__ as command
from deploy import account, preflight
from deploy.problems import Missing
from tests.deploy.conftest import REPOSITORY, StandIn


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here may ask the real AWS."""

    def nobody(_region: str) -> str:
        raise NoCredentialsError

    monkeypatch.setattr(account, "current_account", nobody)


def test_a_stack_without_a_file_names_those_that_have_one(
    root: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["up", "--stack", "qa"], environ, root) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "There is no Pulumi.qa.yaml; stacks with a file: emulated, prod, staging.",
        "-> Or name another stack: STACK=staging",
    ]


def test_make_down_without_a_stack_asks_for_one(
    root: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["down", "--stack", ""], environ, root) == 1
    assert "make down STACK=staging" in capsys.readouterr().err


def test_every_bad_setting_is_reported_at_once(
    root: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    path = root / "Pulumi.staging.yaml"
    content = yaml.safe_load(path.read_text())
    content["config"]["flask-fargate:database"]["storage-gib"] = 1
    content["config"]["flask-fargate:service"]["memory-mib"] = 513
    path.write_text(yaml.safe_dump(content))
    assert command.main(["up", "--stack", "staging"], environ, root) == 1
    said = capsys.readouterr().err
    assert "Pulumi.staging.yaml cannot be used:" in said
    assert "database.storage-gib: 1 given" in said
    assert "service.memory-mib: 513 given" in said
    assert "Traceback" not in said


def test_a_missing_cli_alone_is_two_lines(
    root: Path,
    environ: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(command, "obtain", lambda *_: Missing("No CLI here.", "Install it"))
    monkeypatch.setattr(preflight, "FOR_EMULATED_UP", (preflight.CLI,))
    assert command.main(["up", "--stack", "emulated"], environ, root) == 1
    assert capsys.readouterr().err.splitlines() == ["No CLI here.", "-> Install it"]


def test_the_untouched_prod_file_is_refused_with_all_that_is_missing(
    environ: dict[str, str], pulumi: StandIn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = environ | {"DOCKER_HOST": "unix:///nowhere", "AWS_REGION": "us-west-2"}
    assert command.main(["up", "--stack", "prod", "--yes"], bare, REPOSITORY) == 1
    captured = capsys.readouterr()
    for expected in (
        "Pulumi.prod.yaml still has example values: account-id, ",
        "AWS_REGION is us-west-2, but the stack is in us-east-1",
        "There are no AWS credentials.",
        "No container engine answers at unix:///nowhere",
    ):
        assert expected in captured.err, "the person would find out one thing at a time"
    assert "  ok      Pulumi CLI" in captured.out.splitlines()
    assert not pulumi.called("up")


def test_a_program_reads_what_is_missing(
    root: Path, environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["up", "--stack", "qa", "--json"], environ, root) == 1
    content = json.loads(capsys.readouterr().out)
    assert content["missing"][0]["what"].startswith("There is no Pulumi.qa.yaml")


def test_an_interrupt_before_pulumi_runs_is_no_traceback(
    root: Path,
    environ: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "obtain", interrupted)
    assert command.main(["up", "--stack", "staging"], environ, root) == 130
    assert capsys.readouterr().out == "Stopped before anything was changed.\n"
