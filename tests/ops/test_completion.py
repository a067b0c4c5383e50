"""`completion`: verbs, stacks and processes at the press of a key."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.ops.conftest import Ops

ROOT = Path(__file__).parent.parent.parent
PROGRAM = ROOT / "bin" / "ops"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_asks_the_program_where_it_lies(ops: Ops, shell: str) -> None:
    text = ops("completion", shell, stack=None).out
    assert text.count(f"{PROGRAM})") == 1, "from any folder, and without it on PATH"
    assert "$+commands[" not in text
    assert "$1)" not in text


def test_a_program_gets_the_script_in_a_document(ops: Ops) -> None:
    text = ops("completion", "bash", stack=None).out
    assert json.loads(ops("completion", "bash", "--json", stack=None).out) == {
        "shell": "bash",
        "script": text.removesuffix("\n"),
    }


def test_another_shell_is_refused_with_those_that_are_known(ops: Ops) -> None:
    done = ops("completion", "csh", stack=None)
    assert done.code == 2
    assert "'bash', 'zsh', 'fish'" in done.err


def _completed(*words: str) -> list[str]:
    """What bash would offer for the last word."""
    script = (
        'eval "$SCRIPT"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
        '_ops_completion x; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    environ = {**os.environ, "SCRIPT": _script()}
    done = subprocess.run(
        ["bash", "-c", script, "bash", *words],
        cwd="/",
        env=environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def _script() -> str:
    from ops.shell_scripts import script

    return script("bash", PROGRAM)


@pytest.mark.skipif(
    not (ROOT / ".venv" / "bin" / "python").is_file(), reason="bin/ops has no environment here"
)
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["bin/ops", "rel"], {"releases", "release"}),
        (["bin/ops", "ps", "--st"], {"--stack"}),
        (["bin/ops", "ps", "wo"], {"worker"}),
        (["bin/ops", "logs", "-p", "re"], {"release"}),
        (["bin/ops", "dashboard", ""], {"web", "database"}),
        (["bin/ops", "release", "in"], {"info"}),
        (["bin/ops", "permissions", "dash"], {"dashboard"}),
    ],
)
def test_bash_offers_what_fits(words: list[str], offered: set[str]) -> None:
    assert offered <= set(_completed(*words))


def test_stacks_are_those_that_have_a_file(root: Path) -> None:
    import click

    from ops import completion

    context = click.Context(click.Command("x"))
    option = click.Option(["--stack"])
    assert completion.stacks(context, option, "") == ["prod", "staging"]
    assert completion.stacks(context, option, "st") == ["staging"]
    assert completion.processes(context, option, "") == [], "a project without a Procfile"


def test_what_does_not_keep_running_is_not_offered_where_it_would_be_refused() -> None:
    assert _completed("bin/ops", "restart", "re") == []
