"""Which stack is meant: the option, the variable STACK, or the one that Pulumi has selected."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.stack_files import stacks
from ops.problems import OpsError

VARIABLE = "STACK"
# A state far away is asked; nobody waits longer for a word that can be typed.
ANSWER_SECONDS = 30.0


def selected_stack(given: str | None, root: Path, environ: Mapping[str, str]) -> str:
    """The stack's name; OpsError when none is named or there is no file of that name."""
    name = given or environ.get(VARIABLE) or _selected_by_pulumi(root, environ)
    known = stacks(root)
    if not name:
        raise OpsError(
            f"Which stack? Write --stack NAME or set {VARIABLE}; there are: {', '.join(known)}.",
            exit_code=2,
        )
    # Pulumi Cloud shows owner/project/stack.
    name = name.rpartition("/")[2]
    if name not in known:
        raise OpsError(
            f"There is no Pulumi.{name}.yaml here, so nothing says where {name!r} is; there are: "
            f"{', '.join(known)}.",
            exit_code=2,
        )
    return name


def _selected_by_pulumi(root: Path, environ: Mapping[str, str]) -> str:
    from ops.stack_file.pulumi_config import find

    program = find(root, environ)
    if program is None:
        return ""
    try:
        shown = subprocess.run(
            [str(program), "stack", "--show-name", "--non-interactive"],
            cwd=root,
            env=dict(environ),
            # What is piped to a verb is the verb's.
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return shown.stdout.strip() if shown.returncode == 0 else ""
