"""The port that a database was asked to listen on; ministack's own servers know only one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import rds

from emulated.server.database import Parameters, Record
from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings

_PORT: ContextVar[int] = ContextVar("port of the server that is being started", default=0)
# A server may be started again, or later by another thread: account, region, name -> port.
_ASKED: dict[tuple[str, str, str], int] = {}


def install(settings: ServerSettings) -> None:
    """Start servers at the port asked for."""
    if settings.containers:
        replace_each(
            rds,
            {
                "_create_db_instance": _remembering,
                "_start_rds_container_for_instance": _again,
                "_docker_image_for_engine": _listening,
            },
        )


@contextmanager
def _started_at(port: int) -> Iterator[None]:
    token = _PORT.set(port)
    try:
        yield
    finally:
        _PORT.reset(token)


def _place(name: str) -> tuple[str, str, str]:
    return get_account_id(), get_region(), name


def _remembering(original: Function) -> Function:
    def create(parameters: Parameters) -> Any:
        name, port = rds._p(parameters, "DBInstanceIdentifier"), rds._p(parameters, "Port")
        if name not in rds._instances:
            _ASKED[_place(name)] = int(port or 0)
        with _started_at(int(port or 0)):
            return original(parameters)

    return create


def _again(original: Function) -> Function:
    def start(name: str, instance: Record) -> Any:
        with _started_at(_ASKED.get(_place(name), 0)):
            return original(name, instance)

    return start


def _listening(original: Function) -> Function:
    def image(engine: str, *rest: Any) -> Any:
        name, environment, port, folder = original(engine, *rest)
        asked = _PORT.get()
        if not asked or "postgres" not in engine:
            return name, environment, port, folder
        # Server and client programs in the image both go by this variable.
        return name, {**environment, "PGPORT": str(asked)}, asked, folder

    return image
