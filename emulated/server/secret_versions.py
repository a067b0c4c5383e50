"""Versions of a secret that have lost their label: they can still be read by their id."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import json_response
from ministack.services import secretsmanager

from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
# https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
KEPT_VERSIONS = 100


def install(_settings: ServerSettings) -> None:
    """Keep what ministack deletes at once, and list it only when asked to."""
    replace_each(
        secretsmanager,
        {"_apply_current_promotion": _keeping_old, "_list_secret_version_ids": _labelled_only},
    )


def _keeping_old(original: Function) -> Function:
    def promote(secret: Record, version: str) -> Any:
        before = dict(secret["Versions"])
        result = original(secret, version)
        dropped = {k: v for k, v in before.items() if k not in secret["Versions"]}
        everything = {**dropped, **secret["Versions"]}
        secret["Versions"] = dict(list(everything.items())[-KEPT_VERSIONS:])
        return result

    return promote


def _labelled_only(original: Function) -> Function:
    def listed(data: Record) -> Any:
        result = original(data)
        if result[0] != 200 or data.get("IncludeDeprecated"):
            return result
        answer = json.loads(result[2])
        answer["Versions"] = [v for v in answer["Versions"] if v["VersionStages"]]
        return json_response(answer)

    return listed
