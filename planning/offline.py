"""A guard: while it is held, this thread reaches no network and starts no program."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_FORBIDDEN: Final = frozenset(
    {
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.spawn",
        "os.startfile",
        "os.system",
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.sendto",
        "subprocess.Popen",
    }
)
_held = threading.local()
_installed = threading.Lock()


class NotOfflineError(RuntimeError):
    """The program tried to reach outside while it is only being planned."""


@contextmanager
def offline() -> Iterator[None]:
    """Refuse connections and programs within the block, in this thread; may be nested.

    Raises NotOfflineError where the attempt is made. Unix sockets are no network and may connect.
    """
    # An audit hook can never be removed again, so one is installed for the process, at first use.
    if _installed.acquire(blocking=False):
        sys.addaudithook(_refuse)
    _held.depth = getattr(_held, "depth", 0) + 1
    try:
        yield
    finally:
        _held.depth -= 1


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in _FORBIDDEN or not getattr(_held, "depth", 0):
        return
    if event == "socket.connect" and _is_local(arguments[0]):
        return
    what = ", ".join(repr(argument) for argument in arguments[:2] if not _is_socket(argument))
    raise NotOfflineError(
        f"a plan reaches nothing outside, but the program called {event}({what}); "
        "put what it wants to know into the stack's YAML file"
    )


def _is_socket(value: object) -> bool:
    return isinstance(value, socket.socket)


def _is_local(candidate: object) -> bool:
    return isinstance(candidate, socket.socket) and candidate.family == socket.AF_UNIX
