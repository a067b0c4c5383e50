"""Scripts for shells: click's own, which look for a program on PATH; this one lies in a project."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.shell_completion import get_completion_class

from ops.cli import COMPLETE_VARIABLE, program

# By this name shells look for what completes a command, whatever folder stands before it.
NAME = "ops"
# Where click's scripts ask the program for what fits: by `$1` or by its name.
_CALL = re.compile(rf"(?<=_complete )(\$1|{NAME})(?=\))|(?<=\(commandline -t\) ){NAME}(?=\))")
# zsh alone asks first whether the program is on PATH.
_ON_PATH = re.compile(r"^.*\$\+commands\[.*\n", re.MULTILINE)


def script(shell: str, path: Path) -> str:
    """What a shell evaluates; it asks the program at that path, from any folder."""
    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"click has no script for {shell}")
    text = kind(program, {}, NAME, COMPLETE_VARIABLE).source()
    quoted = shlex.quote(str(path))
    return _CALL.sub(lambda _: quoted, _ON_PATH.sub("", text))
