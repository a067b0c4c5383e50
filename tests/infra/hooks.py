"""Calls the hooks of a recorded program as the engine would."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi import ResourceHookArgs

from planning.monitor import Hook
from planning.recording import record


def event(
    new: Mapping[str, Any] | None = None, old: Mapping[str, Any] | None = None
) -> ResourceHookArgs:
    """What the engine says of a resource before it creates or updates it."""
    return ResourceHookArgs("urn:x", "id", "gate", "type", new_inputs=new, old_inputs=old)


def announced(hook: Hook, happening: ResourceHookArgs) -> list[str]:
    """What a hook says in a preview."""

    def program() -> None:
        asyncio.ensure_future(hook(happening))  # noqa: RUF006 - the recorder waits for it

    return [message.text for message in record(program, stack="test").messages]


def let_through(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a hook as in an update; raises what it raises."""
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: False)
    asyncio.run(hook(event()))
