"""Programs end with their own exit code, and an interrupt reaches the one in front once."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from deploy.process import Finished, Runner

# Counts the interrupts that it gets until none has come for a while: one byte for each, as two
# that come close together would be one call of a handler.
COUNTER = """
import pathlib, select, signal, socket, sys
reader, writer = socket.socketpair()
writer.setblocking(False)
signal.set_wakeup_fd(writer.fileno())
signal.signal(signal.SIGINT, lambda *_: None)
here = pathlib.Path(sys.argv[1])
here.joinpath("ready").touch()
count = 0
while select.select([reader], [], [], 0.5 if count else 10)[0]:
    count += len(reader.recv(16))
here.joinpath("count").write_text(str(count))
sys.exit(7)
"""
FRONT = """
import os, pathlib, sys
from deploy.process import Runner
here = pathlib.Path(sys.argv[1])
ended = Runner(os.environ, here).in_front([sys.executable, "-c", sys.argv[2], str(here)])
sys.exit(100 + ended.code if ended.interrupted else ended.code)
"""
# Makes standard input the terminal whose Ctrl-C this process and its children get.
TAKE_TERMINAL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)"
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(os.environ, tmp_path)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.01)


def test_output_and_exit_code_are_kept_apart(runner: Runner) -> None:
    done = runner.capture(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert done == Finished(3, "out\n", "err\n")


def test_a_program_that_is_not_there_counts_as_failed(runner: Runner) -> None:
    done = runner.capture(["no-such-program"])
    assert not done.succeeded
    assert done.complaint == "no-such-program: No such file or directory"


@pytest.mark.parametrize(
    ("stderr", "complaint"),
    [
        ("warning: x\nerror: no stack named 'a' found\nhint\n", "no stack named 'a' found"),
        ("only this\n", "only this"),
        ("", "it ended with exit code 4"),
    ],
)
def test_the_line_that_matters_is_found(stderr: str, complaint: str) -> None:
    assert Finished(4, "", stderr).complaint == complaint


def test_exit_codes_of_a_program_in_front_are_passed_on(runner: Runner) -> None:
    assert runner.in_front(["sh", "-c", "exit 41"]).code == 41


def test_a_killed_program_has_the_exit_code_that_a_shell_gives(runner: Runner) -> None:
    assert runner.in_front(["sh", "-c", "kill -KILL $$"]).code == 137


def test_output_can_be_sent_to_stderr(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    runner.in_front(["echo", "progress"], onto_stderr=True)
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "progress\n"), "JSON on stdout would be spoilt"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_without_a_terminal_an_interrupt_is_passed_on_once(
    tmp_path: Path, number: signal.Signals
) -> None:
    front = subprocess.Popen(
        [sys.executable, "-c", FRONT, str(tmp_path), COUNTER],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    wait_for(tmp_path / "ready")
    front.send_signal(number)
    assert front.wait(20) == 107, "the program's exit code, marked as interrupted"
    assert (tmp_path / "count").read_text() == "1", "a second interrupt ends Pulumi at once"


def test_in_a_terminal_one_ctrl_c_arrives_as_one_interrupt(tmp_path: Path) -> None:
    terminal, inner = pty.openpty()
    front = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL + FRONT, str(tmp_path), COUNTER],
        cwd=REPOSITORY,
        stdin=inner,
        start_new_session=True,
    )
    os.close(inner)
    wait_for(tmp_path / "ready")
    # One that is meant for this process alone is not passed on: the terminal tells the program.
    front.send_signal(signal.SIGINT)
    time.sleep(0.2)
    os.write(terminal, b"\x03")
    assert front.wait(20) == 107
    os.close(terminal)
    assert (tmp_path / "count").read_text() == "1", "a second interrupt ends Pulumi at once"
