"""The engine's configuration of the selected stack."""

import json
from collections.abc import Mapping
from typing import Any

from pulumi.runtime.config import CONFIG, is_config_secret
from pydantic import SecretStr

from infra.problems import NAMESPACE

# The blocks of variables; the engine hands over in plain what the stack's file holds encrypted.
VARIABLES = ("config", "secrets")


def read_config() -> Mapping[str, Any]:
    """Every key of the project's namespace, so that unknown ones can be refused.

    The namespace is fixed: a project made from this template may have any name.
    """
    mine = f"{NAMESPACE}:"
    found = {
        key.removeprefix(mine): _parsed(value)
        for key, value in CONFIG.get().items()
        if key.startswith(mine)
    }
    for block in VARIABLES:
        if is_config_secret(f"{mine}{block}") and isinstance(found.get(block), dict):
            found[block] = {name: SecretStr(str(value)) for name, value in found[block].items()}
    return found


def _parsed(text: str) -> Any:
    """Blocks arrive as JSON; single values arrive as the text they are."""
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        # A single value that only begins like a block: the settings refuse it in their words.
        return text
