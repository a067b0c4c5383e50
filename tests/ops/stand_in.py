"""Programs in place of those that a session needs here; they record how they were run."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ops.calls import Calls
from tests.ops.running import Running

SESSION_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
RUNTIME = "3811061257"
PLUGIN = "session-manager-plugin"
# What AWS gives for a tunnel.
SESSION = {
    "SessionId": "ada-0123456789",
    "StreamUrl": "wss://ssmmessages.us-east-1.amazonaws.com/v1/data-channel/2",
    "TokenValue": "secret-token",
}
# Keeps the words and the environment, one file each.
_RECORD = """#!/bin/sh
[ "$1" = --version ] && echo "{version}" && exit 0
printf '%s\\n' "$@" > "{folder}/{name}.words"
env -0 > "{folder}/{name}.environment"
{body}
"""
# Opens no port, but says so, and ends at the signal that ends the real one.
FORWARDS = """
trap 'echo ended > "{folder}/ended"; exit 0' INT
printf 'Starting session with SessionId: x\\nPort 1 opened for sessionId x.\\n'
printf 'Waiting for connections...\\n'
while :; do sleep 0.02; done
"""


@dataclass(frozen=True)
class StandIn:
    """One program, and what is known of its last run."""

    folder: Path
    name: str

    @property
    def has_run(self) -> bool:
        return (self.folder / f"{self.name}.words").exists()

    @property
    def words(self) -> list[str]:
        return (self.folder / f"{self.name}.words").read_text().splitlines()

    @property
    def environment(self) -> dict[str, str]:
        text = (self.folder / f"{self.name}.environment").read_text()
        return dict(each.split("=", 1) for each in text.split("\0") if each)

    @property
    def session(self) -> Any:
        """What the plugin was told of the session."""
        return json.loads(self.environment[SESSION_VARIABLE])

    @property
    def has_ended(self) -> bool:
        """Whether it was ended by the terminal's signal."""
        return (self.folder / "ended").exists()


def install(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    name: str,
    body: str = "exit 0",
    version: str = "1.2.650.0",
) -> StandIn:
    """Put such a program in front of all others."""
    path = folder / name
    text = _RECORD.format(
        folder=folder, name=name, version=version, body=body.format(folder=folder)
    )
    path.write_text(text)
    path.chmod(0o755)
    if os.environ["PATH"].split(os.pathsep)[0] != str(folder):
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return StandIn(folder, name)


def without_programs(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A machine that has none."""
    monkeypatch.setenv("PATH", str(folder))


def let_in(running: Running, process: str = "web", agent: str = "RUNNING", reason: str = "") -> str:
    """Let people enter the tasks of a process; the id of the first."""
    service = running.services[process]
    service["enableExecuteCommand"] = True
    own = [each for each in running.tasks if each["group"].endswith(f"-{process}")]
    for task in own:
        task["enableExecuteCommand"] = True
        known = {"name": "ExecuteCommandAgent", "lastStatus": agent}
        task["containers"][0] |= {
            "runtimeId": f"{task['taskArn'].rpartition('/')[2]}-{RUNTIME}",
            "managedAgents": [known | ({"reason": reason} if reason else {})],
        }
    return str(own[0]["taskArn"].rpartition("/")[2])


def nobody_enters(running: Running) -> None:
    """The setting is off, as in every stack that has not switched it on."""
    for service in running.services.values():
        service["enableExecuteCommand"] = False
    for task in running.tasks:
        task["enableExecuteCommand"] = False


def forwarding(
    monkeypatch: pytest.MonkeyPatch, folder: Path, running: Running, aws: Calls
) -> StandIn:
    """A plugin that opens tunnels, through tasks of web that let people in."""
    let_in(running)
    aws.answer("ssm:StartSession", SESSION)
    aws.answer("ssm:TerminateSession", {})
    return install(monkeypatch, folder, PLUGIN, FORWARDS)
