"""AWS's session-manager-plugin: the program on this machine that holds a session with a task."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from ops.problems import OpsError
from ops.tasks.interruptions import Interruptions, closed_terminal_is_ctrl_c, handling

NAME = "session-manager-plugin"
INSTALL = (
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/"
    "session-manager-working-with-install-plugin.html"
)
# A newer plugin takes the session, which has a token in it, from this variable; an older one only
# from its arguments, which every user of the machine can see [aws-cli, sessionmanager.py].
_VARIABLE = "AWS_SSM_START_SESSION_RESPONSE"
_LAST_WITHOUT_VARIABLE = (1, 2, 497, 0)
_VERSION_SECONDS = 10.0
END_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class Session:
    """What AWS gave for the plugin: `request` is what was asked, `endpoint` who answered."""

    id: str
    stream_url: str
    token: str
    request: Mapping[str, Any]
    region: str
    endpoint: str


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """The program, and whether it takes the session from a variable."""

    path: str
    version: str

    @property
    def takes_variable(self) -> bool:
        """Whether the token can be kept from other users of this machine."""
        parts = tuple(int(part) for part in self.version.split(".") if part.isdigit())
        return parts > _LAST_WITHOUT_VARIABLE

    def call(self, session: Session) -> tuple[list[str], dict[str, str]]:
        """Arguments and environment with which the plugin holds this session."""
        response = json.dumps(
            {
                "SessionId": session.id,
                "StreamUrl": session.stream_url,
                "TokenValue": session.token,
            }
        )
        environment = dict(os.environ)
        if self.takes_variable:
            environment[_VARIABLE] = response
            response = _VARIABLE
        # The fourth is a profile; the plugin finds AWS_PROFILE by itself.
        request = json.dumps(session.request)
        words = [response, session.region, "StartSession", "", request, session.endpoint]
        return [self.path, *words], environment

    def hold(self, session: Session) -> int:
        """Connect this terminal with the session until it ends.

        The exit code is the plugin's, which is 0 whatever the command's was
        [session-manager-plugin #59].
        """
        words, environment = self.call(session)
        return run_in_front(words, environment)


def find_plugin() -> Plugin:
    """The plugin; OpsError, with how to install it, when it is not there."""
    path = shutil.which(NAME)
    if path is None:
        raise OpsError(
            f"Sessions with a task need AWS's {NAME}, and it is not on this machine's PATH.\n"
            f"Install it (macOS: `brew install --cask {NAME}`; others: {INSTALL}), then repeat "
            "this."
        )
    version, trouble = _version(path)
    if trouble:
        raise OpsError(f"{path} does not tell its version: {trouble}\nInstall it anew: {INSTALL}")
    return Plugin(path=path, version=version)


def _version(path: str) -> tuple[str, str]:
    """What the plugin says of itself, and why that is no version."""
    try:
        shown = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "", f"no answer within {_VERSION_SECONDS:.0f} s"
    except OSError as error:
        return "", does_not_run(error)
    version = shown.stdout.strip()
    if re.fullmatch(r"\d+(\.\d+)*", version):
        return version, ""
    return "", (shown.stderr or shown.stdout).strip() or f"exit code {shown.returncode}"


def does_not_run(error: OSError) -> str:
    """Why a program that is there cannot be started here, in words."""
    if error.errno == errno.ENOEXEC:
        return "it is built for another kind of machine, or broken"
    return error.strerror or str(error)


def run_in_front(words: Sequence[str], environment: Mapping[str, str]) -> int:
    """Give the terminal to a program; its exit code. Whatever ends this program ends that first."""
    with closed_terminal_is_ctrl_c(), _left_to_the_child(), _terminal_as_it_was():
        try:
            # Interrupted while it starts, nobody would know which process to end.
            with Interruptions() as interruptions:
                process = subprocess.Popen(words, env=environment)
        except OSError as error:
            raise OpsError(f"{words[0]} does not run: {does_not_run(error)}.") from None
        try:
            if interruptions.count:
                raise KeyboardInterrupt
            return process.wait()
        finally:
            if process.poll() is None:
                end(process, signal.SIGTERM)


def end(process: subprocess.Popen[Any], number: signal.Signals) -> None:
    """Ask a program to end by a signal; one that does not in time is killed."""
    process.send_signal(number)
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _left_to_the_child() -> Iterator[None]:
    """Ctrl-C and the like are for the program that has the terminal, and do not end this one."""
    # A child inherits what is ignored, but not what is handled: it gets Ctrl-C as ever. Ctrl-Z
    # would stop the child alone, and nobody could wake it.
    wanted = {signal.SIGINT: _leave, signal.SIGQUIT: _leave, signal.SIGTSTP: signal.SIG_IGN}
    with handling(wanted):
        yield


@contextmanager
def _terminal_as_it_was() -> Iterator[None]:
    """A program that is killed leaves the terminal as it needed it, in which nobody sees a word."""
    try:
        before = termios.tcgetattr(0)
    except termios.error:
        yield
        return
    try:
        yield
    finally:
        with suppress(termios.error):
            termios.tcsetattr(0, termios.TCSADRAIN, before)


def _leave(*_: object) -> None:
    """Do nothing."""
