"""A mocked AWS with one stack in it, and `bin/ops` in this process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import boto3
import click
import pytest
from click.testing import CliRunner

from ops import approval, verb
from ops.cli import program
from ops.problems import OpsError
from tests.ops import calls as shared
from tests.ops.calls import Calls
from tests.ops.frozen_cloud import LightMock
from tests.ops.looking import Look, look_at
from tests.ops.programs import make_programs
from tests.ops.running import Running
from tests.ops.stack import ACCOUNT, Stack, build
from tests.ops.surroundings import Surroundings

REFERENCE = Path(__file__).parent.parent / "reference"


@dataclass(frozen=True)
class Done:
    """How a verb ended, and what it said where."""

    code: int
    out: str
    err: str


Ops = Callable[..., Done]


@pytest.fixture(autouse=True)
def _no_account_of_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_", "STACK"))]:
        monkeypatch.delenv(name)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    # Nothing asks the network, or the person's own files, for other ones.
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in shared.OWN_FILES:
        monkeypatch.setenv(name, os.devnull)
    # A thousand machine images that no test looks at.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    monkeypatch.setattr(shared.Session, "client", shared.client_of_verbs)
    monkeypatch.setattr(boto3, "Session", shared.session)


@pytest.fixture
def stack() -> Iterator[Stack]:
    """Staging after three releases; a test may change it."""
    with LightMock():
        yield build()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """What verbs asked AWS since the test began, and a way to have it refused."""
    monkeypatch.setattr(shared, "calls", fresh := Calls())
    return fresh


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A person's own file of keys, and none in variables."""
    path = tmp_path / "credentials"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    path.write_text("[default]\naws_access_key_id=AKIAOLD\naws_secret_access_key=s\n")
    return path


@pytest.fixture
def running(stack: Stack, aws: Calls) -> Running:
    """Every process well, with one task each; a test changes what it needs to."""
    return Running.well(aws)


@pytest.fixture
def all_well(
    running: Running, stack: Stack, aws: Calls, root: Path, monkeypatch: pytest.MonkeyPatch
) -> Surroundings:
    """Everything around the stack's processes well, too."""
    found = Surroundings(stack, running, aws, root)
    found.answer_dns(monkeypatch)
    return found


@pytest.fixture
def look(all_well: Surroundings, root: Path) -> Look:
    """What one check of `doctor` finds."""
    return lambda name: look_at(name, all_well.stack, root)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PATH with all programs that verbs hand over to; the home folder is empty."""
    folder = make_programs(tmp_path / "programs")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.fixture
def calls(aws: Calls) -> list[str]:
    """What verbs asked AWS since the test began: `ecs:DescribeServices`."""
    return aws.made


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with the files of staging and prod."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("staging", "prod"):
        (folder / f"Pulumi.{name}.yaml").write_text(_stack_file(name))
    monkeypatch.setattr(verb, "ROOT", folder)
    return folder


@pytest.fixture
def ops(root: Path, monkeypatch: pytest.MonkeyPatch) -> Ops:
    """Run `bin/ops WORDS --stack staging`; `input` is what a person types, who else is absent."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words: str, stack: str | None = "staging", input: str | None = None) -> Done:  # noqa: A002
        monkeypatch.setattr(approval, "somebody_is_there", lambda: input is not None)
        named = ["--stack", stack] if stack else []
        place = words.index("--") if "--" in words else len(words)
        line = [*words[:place], *named, *words[place:]]
        result = CliRunner().invoke(program, line, input=input, standalone_mode=False)
        error = result.exception
        if isinstance(error, OpsError):
            return Done(error.exit_code, result.stdout, result.stderr + str(error))
        if isinstance(error, click.ClickException):
            return Done(error.exit_code, result.stdout, result.stderr + error.format_message())
        if error is not None and not isinstance(error, SystemExit):
            raise error
        code = result.return_value if isinstance(result.return_value, int) else result.exit_code
        return Done(code, result.stdout, result.stderr)

    return run


@cache
def _stack_file(name: str) -> str:
    text = (REFERENCE / f"Pulumi.{name}.yaml").read_text()
    return text.replace('account-id: "000000000000"', f'account-id: "{ACCOUNT}"')
