"""The real Pulumi engine and an emulated AWS; what a machine lacks is named and left out."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulated import cloud
from emulated.access import Cloud
from emulated.settings import CloudSettings, read_settings
from local.ports import free_port
from tests.engine.running import ROOT, Stack


@pytest.fixture(scope="session")
def cli() -> Path:
    """The Pulumi CLI with the AWS plugin to be had."""
    found = shutil.which("pulumi")
    if not found:
        pytest.skip("left out: no Pulumi CLI on PATH (https://www.pulumi.com/docs/install/)")
    if os.environ.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION") == "true":
        listing = subprocess.run(
            [found, "plugin", "ls"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        if not any(line.split()[:1] == ["aws"] for line in listing.splitlines()):
            pytest.skip("left out: the CLI has no AWS plugin and may not fetch it")
    return Path(found)


@pytest.fixture(scope="session")
def recorded_cloud(cli: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An emulated AWS without containers: it keeps records of what is made."""
    # Another cloud than a person's own.
    folder = tmp_path_factory.mktemp("cloud")
    (folder / "emulated").symlink_to(ROOT / "emulated")
    settings = CloudSettings(
        aws_port=free_port(),
        moto_port=free_port(),
        name=f"engine-test-{os.getpid()}",
        folder=folder,
        packages_folder=ROOT / ".emulated" / "venv",
        pip_environment=read_settings(os.environ).pip_environment,
    )
    yield cloud.start(containers=False, settings=settings)
    cloud.stop(settings=settings)


@pytest.fixture
def stack(
    request: pytest.FixtureRequest, cli: Path, recorded_cloud: Cloud, tmp_path: Path
) -> Stack:
    """The stack named by the test's parameter, with its own settings against the emulated AWS."""
    stack = Stack(name=request.param, cli=cli, cloud=recorded_cloud, folder=tmp_path)
    stack.create()
    return stack
