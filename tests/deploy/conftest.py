"""A project folder of its own, and a `pulumi` on PATH that records what it was told."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from deploy.engine import Engine
from deploy.preflight import Situation
from deploy.process import Runner
from deploy.target import Target, read_target

REPOSITORY = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"

PULUMI = """#!/bin/sh
echo "$*" >> "$STAND_IN/calls"
name="$1"
case "$1" in stack|plugin) name="$1-$2";; esac
env > "$STAND_IN/$name.env"
[ -f "$STAND_IN/$name.out" ] && cat "$STAND_IN/$name.out"
[ -f "$STAND_IN/$name.err" ] && cat "$STAND_IN/$name.err" >&2
[ -f "$STAND_IN/$name.code" ] && exit "$(cat "$STAND_IN/$name.code")"
exit 0
"""


def write_program(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(text)
    program.chmod(0o755)
    return program


@dataclass(frozen=True)
class StandIn:
    """A `pulumi` that answers from files and keeps its calls."""

    folder: Path
    program: Path

    def answers(self, verb: str, out: str = "", err: str = "", code: int = 0) -> None:
        (self.folder / f"{verb}.out").write_text(out)
        (self.folder / f"{verb}.err").write_text(err)
        (self.folder / f"{verb}.code").write_text(str(code))

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    def called(self, start: str) -> list[str]:
        return [call for call in self.calls if call.startswith(start)]

    def environment_of(self, verb: str) -> dict[str, str]:
        lines = (self.folder / f"{verb}.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def pulumi(tmp_path: Path) -> StandIn:
    folder = tmp_path / "stand-in"
    folder.mkdir()
    stand_in = StandIn(folder, write_program(tmp_path / "bin", "pulumi", PULUMI))
    stand_in.answers("version", "v3.261.0\n")
    stand_in.answers("whoami", json.dumps({"user": "me", "url": "https://app.pulumi.com/me"}))
    stand_in.answers("stack-export", json.dumps({"deployment": {"resources": []}}))
    stand_in.answers("stack-output", json.dumps({"address": "https://www.test/"}))
    return stand_in


@pytest.fixture
def environ(tmp_path: Path, pulumi: StandIn) -> dict[str, str]:
    """The stand-in first on PATH, and nothing of the machine's own cloud settings."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("AWS_", "PULUMI_", "DOCKER_", "EMULATED_"))
    }
    return {
        **kept,
        "PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin",
        "STAND_IN": str(pulumi.folder),
        "HOME": str(tmp_path),
    }


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The stack files of the project with their placeholders filled in."""
    folder = tmp_path / "project"
    folder.mkdir()
    for path in REPOSITORY.glob("Pulumi.*.yaml"):
        text = path.read_text().replace("000000000000", ACCOUNT)
        text = (
            text.replace("example.com", "acme.test")
            .replace("/example/", "/acme/")
            .replace("EXAMPLE", "ACME")
        )
        (folder / path.name).write_text(text)
    return folder


def change_stack(root: Path, stack: str, changes: dict[str, object]) -> Target:
    """Write settings (`section.key`) into a stack's file, and read it."""
    path = root / f"Pulumi.{stack}.yaml"
    content = yaml.safe_load(path.read_text())
    for dotted, value in changes.items():
        section, _, key = dotted.partition(".")
        if key:
            content["config"][f"flask-fargate:{section}"][key] = value
        else:
            content["config"][f"flask-fargate:{section}"] = value
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return read_target(stack, root)


def situation_of(target: Target, environ: dict[str, str], pulumi: StandIn) -> Situation:
    """A machine on which nothing is missing for a stack in AWS."""
    runner = Runner(environ, target.root)
    return Situation(
        target=target,
        runner=runner,
        engine=Engine(pulumi.program, target.stack, runner),
        identify=lambda _region: target.settings.account_id,
    )
