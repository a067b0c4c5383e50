"""A stand-in for the Pulumi CLI: `config set`, `rm` and `get` on a stack's file, noted.

"Encryption" is base64. What it was told stands in pulumi-calls.json in the current folder.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import yaml


def main(words: list[str]) -> int:
    """Run `config VERB --path KEY --stack NAME`; 255 as the CLI when it refuses."""
    given = sys.stdin.buffer.read().decode().removesuffix("\n")
    notes = Path("pulumi-calls.json")
    known = json.loads(notes.read_text()) if notes.exists() else []
    notes.write_text(json.dumps([*known, {"words": words, "given": given}]))
    if refusal := os.environ.get("STAND_IN_REFUSAL"):
        print(f"warning: a newer version is there\nerror: {refusal}", file=sys.stderr)
        return 255
    if complaint := _complaint(words, given):
        print(f"error: {complaint}", file=sys.stderr)
        return 255
    path = Path(f"Pulumi.{words[words.index('--stack') + 1]}.yaml")
    key, _, name = words[words.index("--path") + 1].partition(".")
    content = yaml.safe_load(path.read_text())
    block: dict[str, Any] = content["config"][key]
    if words[1] == "get":
        sys.stdout.buffer.write(base64.b64decode(block[name]["secure"]) + b"\n")
        return 0
    block.pop(name, None)
    if words[1] == "set":
        secure = {"secure": base64.b64encode(given.encode()).decode()}
        block[name] = secure if "--secret" in words else given
    path.write_text(yaml.safe_dump(content))
    return 0


def _complaint(words: list[str], given: str) -> str:
    """What the CLI, 3.200, says of a plain value with a name and of a length like a secret's."""
    if {"--plaintext", "--type"} <= set(words):
        return (
            "if any flags in the group [secret plaintext type] are set none of the others can be; "
            "[plaintext type] were all set"
        )
    key = words[words.index("--path") + 1]
    is_free = words[1] != "set" or {"--plaintext", "--secret"} & set(words)
    if is_free or len(given) < 30 or not ("TOKEN" in key or "PASSWORD" in key):
        return ""
    return (
        f"config value for '{key}' looks like a secret; rerun with --secret to encrypt it, or "
        "--plaintext if you meant to store in plaintext"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
