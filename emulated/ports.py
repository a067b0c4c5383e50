"""Are the addresses of this machine that the cloud is to listen on free?"""

from __future__ import annotations

import socket
from collections.abc import Iterable

import psutil

from emulated.problems import CloudError
from emulated.settings import CloudSettings

HOST = "127.0.0.1"


def check_ports(settings: CloudSettings) -> None:
    """CloudError that names every port in use, its owner if the system tells, the variable."""
    wanted = [
        (settings.aws_port, "EMULATED_AWS_PORT"),
        (settings.moto_port, "EMULATED_MOTO_PORT"),
        (settings.http_port, "EMULATED_HTTP_PORT"),
        (settings.https_port, "EMULATED_HTTPS_PORT"),
    ]
    taken = [(port, variable) for port, variable in wanted if port and not is_free(port)]
    if taken:
        raise CloudError("\n".join(explain_port(port, variable) for port, variable in taken))


def is_free(port: int) -> bool:
    """True when a server can listen on the port of 127.0.0.1 now.

    Ports below 1024 need privileges that this process may lack and the engine has: there only an
    answer counts.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if port < 1024:
            return probe.connect_ex((HOST, port)) != 0
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def explain_port(port: int, variable: str) -> str:
    """One sentence for a port that is in use."""
    owner = port_owner(port)
    other = next(p for p in range(port + 10, port + 1000, 10) if is_free(p))
    return (
        f"Port {port} of {HOST} is in use{f' by {owner}' if owner else ''}: "
        f"stop what listens there, or choose another port, for example {variable}={other}."
    )


def port_owner(port: int) -> str:
    """The program that listens on a port, empty when the system does not tell this user."""
    try:
        connections: Iterable[object] = psutil.net_connections(kind="tcp4")
    except (psutil.Error, OSError):
        return ""
    for connection in connections:
        local = getattr(connection, "laddr", None)
        listens = getattr(connection, "status", "") == psutil.CONN_LISTEN
        pid = getattr(connection, "pid", None)
        if listens and local and local.port == port and pid:
            try:
                return f"{psutil.Process(pid).name()} (process {pid})"
            except psutil.Error:
                return ""
    return ""
