"""A program that has the terminal gives it back as it was."""

import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator

import pytest

from ops.sessions.plugin import run_in_front
from ops.verb import ROOT


@pytest.fixture
def terminal() -> Iterator[int]:
    """This process's standard input is one."""
    outer, inner = pty.openpty()
    before = os.dup(0)
    os.dup2(inner, 0)
    yield inner
    os.dup2(before, 0)
    for each in (before, inner, outer):
        os.close(each)


def test_that_is_killed_leaves_no_silent_terminal(terminal: int) -> None:
    before = termios.tcgetattr(terminal)
    assert run_in_front(["sh", "-c", "stty raw -echo; kill -KILL $$"], os.environ) == -9
    assert termios.tcgetattr(terminal) == before, "nobody would see what is typed next"


def test_that_ends_by_itself_returns_its_exit_code() -> None:
    assert run_in_front(["sh", "-c", "exit 4"], os.environ) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda each: each.name)
def test_that_is_left_by_a_kill_ends_too(number: signal.Signals) -> None:
    code = (
        "import os; from ops.sessions.plugin import run_in_front;"
        "run_in_front(['sh', '-c', 'echo $$; exec sleep 20'], os.environ)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        child = int(program.stdout.readline())
        program.send_signal(number)
        program.wait(10)
        with pytest.raises(ProcessLookupError):
            os.kill(child, signal.SIGKILL)  # it would keep the terminal
