"""The environment of the servers' own packages."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from emulated.packages import ensure_packages
from emulated.problems import CloudError
from emulated.settings import CloudSettings


class Installer:
    """Stands for venv and pip."""

    def __init__(self, code: int = 0, output: str = "") -> None:
        self.code, self.output = code, output
        self.commands: list[list[str]] = []

    def make(self, folder: Path) -> None:
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        (folder / "bin" / "python").touch()
        (folder / ".ready").unlink(missing_ok=True)

    def run(self, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
        self.commands.append(list(command))
        return subprocess.CompletedProcess(command, self.code, stdout=self.output)


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    path = tmp_path / "requirements.txt"
    path.write_text("one==1 --hash=sha256:00\n")
    return path


def ensure(settings: CloudSettings, requirements: Path, installer: Installer) -> Path:
    return ensure_packages(
        settings,
        lambda _: None,
        requirements=requirements,
        run=installer.run,
        make_environment=installer.make,
    )


def test_packages_are_installed_once_and_only_with_matching_hashes(
    settings: CloudSettings, requirements: Path
) -> None:
    installer = Installer()
    python = ensure(settings, requirements, installer)
    assert ensure(settings, requirements, installer) == python
    assert len(installer.commands) == 1, "every start would install again"
    assert "--require-hashes" in installer.commands[0], "any package of that name would be taken"


def test_changed_requirements_are_installed_anew(
    settings: CloudSettings, requirements: Path
) -> None:
    installer = Installer()
    ensure(settings, requirements, installer)
    requirements.write_text("one==2 --hash=sha256:00\n")
    ensure(settings, requirements, installer)
    assert len(installer.commands) == 2, "the old packages would run with the new code"


def test_a_failed_installation_shows_its_end_and_is_repeated(
    settings: CloudSettings, requirements: Path
) -> None:
    broken = Installer(1, "first\n" * 50 + "no such package\n")
    with pytest.raises(CloudError, match="no such package"):
        ensure(settings, requirements, broken)
    repaired = Installer()
    ensure(settings, requirements, repaired)
    assert repaired.commands, "half an installation would be taken for whole"
