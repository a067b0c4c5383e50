"""Which TCP ports of this machine are free."""

import socket

HOST = "127.0.0.1"
# How many ports above the wanted one are tried before giving up.
TRIED = 50


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port, on every address of this machine."""
    with socket.socket() as client:
        client.settimeout(0.5)
        # Binding alone is not enough: macOS lets 0.0.0.0 be bound beside a listener on 127.0.0.1.
        if client.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket() as server:
        # As servers do: a connection of the last run that lingers (TIME_WAIT) is no obstacle.
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(("0.0.0.0", port))  # noqa: S104 (asked, never listened on)
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a free port chosen by the system."""
    with socket.socket() as server:
        server.bind((HOST, 0))
        return int(server.getsockname()[1])


def next_free_port(wanted: int) -> int | None:
    """Return the wanted port or the first free one above it, None when all of them are taken."""
    last = min(wanted + TRIED, 65_535)
    return next((port for port in range(wanted, last + 1) if is_free(port)), None)
