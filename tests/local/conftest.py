"""Fixtures of the local run's tests."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.postgres import Postgres
from tests.local.running import Project, new_project


@pytest.fixture
def project() -> Iterator[Project]:
    with new_project() as made:
        yield made


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder any account can reach, as pytest's own are closed."""
    made = Path(tempfile.mkdtemp(prefix="data-")).resolve()
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A folder with a database that has run before; making one takes longer than copying it."""
    made = Path(tempfile.mkdtemp(prefix="cluster-")).resolve()
    made.chmod(0o755)
    with Postgres(made / "postgres"):
        pass
    yield made / "postgres"
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def kept(cluster: Path, folder: Path) -> Path:
    """A copy of that database for one test, with its owner."""
    return copied(cluster, folder / "postgres")


@pytest.fixture
def project_with_data(cluster: Path, project: Project) -> Project:
    """A project whose data folder has a database already."""
    data = project.folder / ".local"
    data.mkdir(mode=0o711)
    copied(cluster, data / "postgres")
    return project


def copied(source: Path, target: Path) -> Path:
    subprocess.run(["cp", "-a", source, target], check=True)
    return target
