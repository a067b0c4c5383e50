"""Settings of a project folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulated.settings import CloudSettings


@pytest.fixture
def settings(tmp_path: Path) -> CloudSettings:
    return CloudSettings(folder=tmp_path, name="trial", aws_port=14566, moto_port=14577)
