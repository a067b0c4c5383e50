"""Somebody puts an application of their own into app/: everything else goes on working."""

import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from local.ports import free_port
from tests.local.running import Run, own_environment
from tests.support.stacks import NAMES

pytestmark = pytest.mark.processes

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "app", "newcomer")
# Tests of the team's own files; the others test rules on files of their own.
OWN_FILES = ("stack_files", "prod_safety", "procfile")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after the steps of docs/your-application.md, "In ten minutes"."""
    folder = tmp_path_factory.mktemp("newcomer") / "project"
    shutil.copytree(ROOT, folder, ignore=LEFT_BEHIND)
    shutil.copytree(HERE / "app", folder / "app")
    for stack in NAMES:
        path = folder / f"Pulumi.{stack}.yaml"
        content = yaml.safe_load(path.read_text())
        for section in ("processes", "queues"):
            content["config"][f"flask-fargate:{section}"] = {}
        path.write_text(yaml.safe_dump(content, sort_keys=False))
    return folder


def run(project: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        cwd=project,
        env=own_environment() | {"PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_both_stacks_are_planned_without_jobs_and_release_phase(project: Path, stack: str) -> None:
    done = run(project, "planning", "--stack", stack)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "worker" not in done.stdout, "something of the sample application is still there"


def test_what_is_left_of_the_sample_is_named_with_what_to_write(project: Path) -> None:
    path = project / "Pulumi.staging.yaml"
    kept = path.read_text()
    shutil.copy(ROOT / "tests/reference/Pulumi.staging.yaml", path)
    done = run(project, "planning", "--stack", "staging")
    path.write_text(kept)
    assert done.returncode != 0
    assert "processes.worker" in done.stdout + done.stderr, "nobody would know what to change"
    assert "Traceback" not in done.stderr


@pytest.fixture
def up(project: Path) -> Iterator[Run]:
    command = [sys.executable, "-m", "local", "up", "--no-plan", "--port", str(free_port())]
    running = Run(command, project, None)
    yield running
    running.close()


def test_make_up_serves_it(up: Run) -> None:
    with urllib.request.urlopen(up.address(), timeout=10) as page:  # noqa: S310 (our own)
        assert page.read() == b"Hello!"
    assert "sqs" not in up.output, "a queue is started that nobody uses"


def test_the_tests_of_the_infrastructure_pass(project: Path) -> None:
    files = [f"tests/infra/test_{name}.py" for name in OWN_FILES]
    done = run(project, "pytest", "-q", "-p", "no:cacheprovider", *files)
    assert done.returncode == 0, done.stdout[-3000:]
