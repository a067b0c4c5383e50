"""Pulumi's lock on the stack's state, and what an interrupted update has left in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.problems import NAMESPACE
from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, unknown, warning
from ops.permissions import Need

if TYPE_CHECKING:
    from deploy.engine import Engine
    from ops.checks.situation import Situation

LOCKS = ".pulumi/locks"
NEEDS = (
    Need(
        actions=("s3:ListBucket",),
        resources=("arn:{partition}:s3:::*",),
        because="your Pulumi login names the bucket of the state, not the stack",
    ),
)


def find(situation: Situation) -> Iterator[Finding]:
    """Who works on the stack, and which operations have not come to their end."""
    from deploy.engine import Engine
    from deploy.process import Runner
    from ops.stack_file.pulumi_config import find as find_cli

    if situation.place.is_emulated:
        yield ok("`make up` itself takes off what a killed one has left")
        return
    cli = find_cli(situation.root, situation.environ)
    if cli is None:
        yield unknown("not looked at, as there is no Pulumi CLI here")
        return
    engine = Engine(cli, situation.stack, Runner(situation.environ, situation.root))
    who = engine.whoami()
    if not who.succeeded:
        yield unknown(f"not looked at, as Pulumi cannot reach the state: {who.complaint}")
        return
    backend = str(json.loads(who.stdout).get("url", ""))
    holder = _holder(situation, engine, backend)
    if isinstance(holder, Finding):
        yield holder
    elif holder:
        yield problem(
            f"the state is locked by {holder}: every update is refused",
            "Let that update end. If nobody runs one any more: "
            f"`pulumi cancel --stack {situation.stack}`, then "
            f"`pulumi refresh --stack {situation.stack}`",
        )
    else:
        yield ok("nobody works on the stack")
    yield from _interrupted(situation, engine)


def _holder(situation: Situation, engine: Engine, backend: str) -> str | Finding:
    """Who holds the lock, empty when nobody does; a finding when that cannot be told."""
    address = urlsplit(backend)
    if address.scheme == "file":
        return _in_folder(_folder_of(backend, situation), _places(situation))
    if address.scheme == "s3":
        return _in_bucket(situation, address.netloc, address.path)
    if address.scheme == "https":
        return _in_pulumi_cloud(situation, engine)
    return unknown(f"whether the state is locked cannot be told from here of {backend}")


def _folder_of(backend: str, situation: Situation) -> Path:
    place = backend.removeprefix("file://").partition("?")[0]
    home = situation.environ.get("HOME", "")
    return situation.root / (f"{home}{place[1:]}" if place[:1] == "~" else place)


def _places(situation: Situation) -> tuple[str, str]:
    """Where the stack's own locks lie: other projects, with stacks of that name, are beside it.

    A state that was begun before Pulumi 3.61 may name no project.
    """
    import yaml

    path = situation.root / "Pulumi.yaml"
    project = yaml.safe_load(path.read_text())["name"] if path.is_file() else NAMESPACE
    return f"organization/{project}/{situation.stack}", situation.stack


def _in_folder(folder: Path, places: Sequence[str]) -> str:
    locks = folder / LOCKS
    for path in (path for place in places for path in sorted((locks / place).glob("*.json"))):
        try:
            lock: Mapping[str, Any] = json.loads(path.read_text())
        except (OSError, ValueError):
            return f"the file {path}"
        return (
            f"{lock.get('username', 'somebody')} on {lock.get('hostname', 'some machine')} "
            f"(process {lock.get('pid', '?')}, since {lock.get('timestamp', '?')})"
        )
    return ""


def _in_bucket(situation: Situation, bucket: str, folder: str) -> str:
    prefix = f"{folder.strip('/')}/{LOCKS}/".lstrip("/")
    pages = situation.clients.s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Prefix=prefix
    )
    places = _places(situation)
    for page in pages:
        for each in page.get("Contents", ()):
            if each["Key"].removeprefix(prefix).rpartition("/")[0] in places:
                return f"somebody since {each['LastModified']:%Y-%m-%d %H:%M} (UTC)"
    return ""


def _in_pulumi_cloud(situation: Situation, engine: Engine) -> str | Finding:
    listed = engine.runner.capture([str(engine.cli), "stack", "ls", "--json", "--non-interactive"])
    if not listed.succeeded:
        return unknown(f"whether the state is locked: {listed.complaint}")
    for each in json.loads(listed.stdout or "[]"):
        if each["name"].rpartition("/")[2] == situation.stack and each.get("updateInProgress"):
            return "an update that is under way"
    return ""


def _interrupted(situation: Situation, engine: Engine) -> Iterator[Finding]:
    from deploy.problems import RefusedError

    try:
        pending = engine.export().get("deployment", {}).get("pending_operations") or []
    except RefusedError as error:
        yield unknown(f"what was interrupted: {error.missing[0].what}")
        return
    if pending:
        names = ", ".join(
            f"{each.get('type', '?')} {each['resource']['urn'].rpartition('::')[2]}"
            for each in pending
        )
        yield warning(
            f"an update was killed in the middle of: {names}; AWS may hold what the state does "
            "not know",
            f"{situation.way_back.refresh} put that right",
        )


CHECK = Check(
    name="lock",
    about="Pulumi's state",
    find=find,
    needs=NEEDS,
    asks_aws=False,
    of_stack=False,
)
