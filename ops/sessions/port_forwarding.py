"""A port of this machine that leads, through a running task, to a host in its network."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TYPE_CHECKING

from local.ports import free_port
from ops.problems import OpsError
from ops.sessions.exec_session import once_connected
from ops.sessions.exec_target import Target
from ops.sessions.plugin import END_SECONDS, Plugin, Session, end
from ops.tasks.interruptions import closed_terminal_is_ctrl_c
from release.aws_errors import AwsError
from release.progress import Clock

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
LOCALHOST = "127.0.0.1"
# The plugin says so when the port is open [session-manager-plugin, muxportforwarding.go].
_READY = "Waiting for connections"
_READY_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True)
class Goal:
    """Where the port leads."""

    host: str
    port: int


@dataclass
class Tunnel:
    """An open one: `lines` are what the plugin has said."""

    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)
    ready: Event = field(default_factory=Event)

    def read(self) -> None:
        """Take in what the plugin says until it ends: a thread's work."""
        for line in self.process.stdout or ():
            if text := line.strip():
                self.lines.append(text)
            if _READY in line:
                self.ready.set()
        # Whoever waits must not wait any longer.
        self.ready.set()

    @property
    def has_ended(self) -> bool:
        """Whether it leads nowhere any more."""
        return self.process.poll() is not None


def check_port(port: int) -> None:
    """OpsError when the port cannot be had."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOCALHOST, port))
    except OSError as error:
        raise OpsError(
            f"Port {port} of this machine cannot be used: {error.strerror}.\nName another one; "
            f"{free_port()} is free.",
            exit_code=2,
        ) from None


@contextmanager
def forwarded(
    ssm: SSMClient, plugin: Plugin, target: Target, goal: Goal, port: int, clock: Clock
) -> Iterator[Tunnel]:
    """The tunnel, open while this is entered, and closed however it is left."""
    # Interrupted right after this, the session ends by itself, as nobody joins it.
    session = _start(ssm, target, goal, port, clock)
    words, environment = plugin.call(session)
    with (
        closed_terminal_is_ctrl_c(),
        # A session of its own: the terminal's Ctrl-C is not meant for the tunnel.
        subprocess.Popen(
            words,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        tunnel = Tunnel(port, process)
        reader = Thread(target=tunnel.read, daemon=True)
        reader.start()
        try:
            _wait_until_ready(tunnel)
            yield tunnel
        finally:
            # The plugin closes its session at the terminal's signals, not at SIGTERM.
            end(process, signal.SIGINT)
            reader.join(END_SECONDS)
            # The plugin ends the session by itself, unless it was killed.
            with contextlib.suppress(*AwsError):
                ssm.terminate_session(SessionId=session.id)


def _start(ssm: SSMClient, target: Target, goal: Goal, port: int, clock: Clock) -> Session:
    parameters = {
        "host": [goal.host],
        "portNumber": [str(goal.port)],
        "localPortNumber": [str(port)],
    }
    answer = once_connected(
        target,
        lambda: ssm.start_session(
            Target=target.address, DocumentName=DOCUMENT, Parameters=parameters
        ),
        clock,
    )
    return Session(
        id=answer["SessionId"],
        stream_url=answer["StreamUrl"],
        token=answer["TokenValue"],
        request={
            "Target": target.address,
            "DocumentName": DOCUMENT,
            "Parameters": parameters,
        },
        region=ssm.meta.region_name,
        endpoint=ssm.meta.endpoint_url,
    )


def _wait_until_ready(tunnel: Tunnel) -> None:
    in_time = tunnel.ready.wait(_READY_SECONDS)
    if any(_READY in line for line in tunnel.lines):
        return
    said = "\n".join(f"  | {line}" for line in tunnel.lines) or "  (it said nothing)"
    what = "ended" if in_time else f"was not ready within {_READY_SECONDS:.0f} s"
    raise OpsError(
        f"The tunnel could not be opened: session-manager-plugin {what}.\n{said}\n"
        "Repeat this; if it stays so, a newer plugin may help, or `bin/ops restart web`."
    )
