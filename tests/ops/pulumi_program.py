"""A stand-in for the Pulumi CLI on PATH, and what it was asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.stack_files import read_stack

PROGRAM = Path(__file__).parent / "stand_in_pulumi.py"


class StandIn:
    """The program in a folder of its own, working on the files of `root`."""

    def __init__(self, root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root, self._monkeypatch = root, monkeypatch
        program = folder / "pulumi"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PROGRAM}" "$@"\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def refuse(self, complaint: str) -> None:
        """Have it end with that complaint."""
        self._monkeypatch.setenv("STAND_IN_REFUSAL", complaint)

    @property
    def calls(self) -> list[Mapping[str, Any]]:
        """Its command lines, and what was given to it on standard input."""
        notes = self._root / "pulumi-calls.json"
        return json.loads(notes.read_text()) if notes.exists() else []

    def block(self, name: str) -> Mapping[str, Any]:
        """What the stack's file says now."""
        found: Mapping[str, Any] = read_stack("staging", self._root)[name]
        return found
