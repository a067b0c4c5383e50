"""Start, stop and look at the emulated cloud."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import filelock

from emulated import processes
from emulated.access import Cloud, cloud_of
from emulated.containers import count_resources, start_containers, stop_containers
from emulated.engine import Engine, explained, find_engine
from emulated.health import is_healthy
from emulated.image import remove_images, remove_unnamed
from emulated.plain import start_plain
from emulated.problems import CloudError, EngineError
from emulated.progress import Report, silent
from emulated.record import Record, read_record, remove_record, write_record
from emulated.removal import Removed, other_folder
from emulated.servers import ended_server
from emulated.settings import CloudSettings, read_settings

__all__ = ["Cloud", "Status", "Stopped", "running", "start", "status", "stop"]


@dataclass(frozen=True, kw_only=True)
class Status:
    """What runs; `resources` are running containers made by the cloud, by service (ecs, rds)."""

    running: bool
    healthy: bool = False
    containers: bool = False
    endpoint_url: str = ""
    engine: str = ""
    resources: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What a stop took away: servers as processes, things in the engine, cached files."""

    processes: int = 0
    removed: Removed = field(default_factory=Removed)
    caches: tuple[str, ...] = ()


@contextmanager
def only_one(settings: CloudSettings) -> Iterator[None]:
    """Keep two starts or stops of one folder apart."""
    settings.state_dir.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(settings.state_dir / "lock")
    try:
        lock.acquire(timeout=2)
    except filelock.Timeout:
        raise CloudError(
            "Another start or stop of the emulated cloud is at work in "
            f"{settings.folder}: wait for it to end."
        ) from None
    try:
        yield
    finally:
        lock.release()


def recorded(settings: CloudSettings, record: Record) -> CloudSettings:
    """The settings as they were at the start of the recorded cloud."""
    return replace(settings, name=record.name, aws_port=record.aws_port, moto_port=record.moto_port)


def start(
    *,
    containers: bool | None = None,
    settings: CloudSettings | None = None,
    report: Report = silent,
) -> Cloud:
    """Bring the cloud up, or return the one that runs.

    `containers`: true needs an engine, false uses none, None uses one if there is one.
    CloudError says what is in the way and what to do.
    """
    settings = settings or read_settings(os.environ)
    with only_one(settings):
        record = read_record(settings.state_dir)
        if record and record.ready and is_healthy(recorded(settings, record)):
            return same_cloud(settings, record, containers)
        engine = choose_engine(settings, containers, report)
        if record:
            processes.stop_processes(record.processes)
        if engine:
            seconds = start_containers(engine, settings, report)
        else:
            seconds = start_plain(settings, report)
        if record := read_record(settings.state_dir):
            write_record(settings.state_dir, replace(record, ready=True))
        return cloud_of(settings, engine.host if engine else "", seconds)


def same_cloud(settings: CloudSettings, record: Record, containers: bool | None) -> Cloud:
    """The cloud that already runs here, if it is the one asked for.

    CloudError when another kind or other ports were asked for.
    """
    if recorded(settings, record) == settings and containers in (None, record.containers):
        return cloud_of(settings, record.engine_host)
    kind = "with" if record.containers else "without"
    raise CloudError(
        f"An emulated cloud {kind} containers already runs here as {record.name}, "
        f"ports {record.aws_port} and {record.moto_port}: "
        "`python -m emulated stop` ends it, then start again."
    )


def running(*, settings: CloudSettings | None = None) -> Cloud | None:
    """The cloud that runs here, None when none answers."""
    settings = settings or read_settings(os.environ)
    record = read_record(settings.state_dir)
    if not record or not is_healthy(recorded(settings, record)):
        return None
    return cloud_of(recorded(settings, record), record.engine_host)


def choose_engine(
    settings: CloudSettings, containers: bool | None, report: Report
) -> Engine | None:
    """The engine to use, None to do without; EngineError when one was asked for."""
    if containers is False:
        return None
    try:
        return find_engine(settings)
    except EngineError as problem:
        if containers:
            raise
        report(
            f"{problem}\nWithout containers now: tasks and databases are records, no page answers."
        )
        return None


def stop(
    *,
    settings: CloudSettings | None = None,
    any_folder: bool = False,
    caches: bool = False,
    report: Report = silent,
) -> Stopped:
    """End the cloud and remove everything it made; `caches`: its images and packages too.

    CloudError when the engine does not answer or another folder started the cloud.
    """
    settings = settings or read_settings(os.environ)
    with only_one(settings):
        record = read_record(settings.state_dir)
        settings = recorded(settings, record) if record else settings
        engine = engine_to_clean(settings, record)
        report("Stopping the emulated cloud ...")
        ended = processes.stop_processes(record.processes) if record else 0
        removed = stop_containers(engine, settings, any_folder=any_folder) if engine else Removed()
        cached = remove_caches(settings, engine) if caches else ()
        processes.remove_state(settings)
        remove_record(settings.state_dir)
    return Stopped(processes=ended, removed=removed, caches=cached)


def engine_to_clean(settings: CloudSettings, record: Record | None) -> Engine | None:
    """The engine that may hold containers of the cloud, None when there is none to ask.

    CloudError when the record says that there are containers and the engine does not answer.
    """
    host = record.engine_host if record else ""
    try:
        engine = find_engine(replace(settings, engine_host=host) if host else settings)
    except EngineError as problem:
        if not host:
            return None
        raise CloudError(
            f"The container engine at {host} does not answer, and the cloud's containers are in "
            f"it: start it, then run `python -m emulated stop` again.\n{problem}"
        ) from problem
    # Ours has no containers; those of another folder are none of its business.
    plain = record is not None and not record.containers
    return None if plain and other_folder(engine, settings) else engine


def remove_caches(settings: CloudSettings, engine: Engine | None) -> tuple[str, ...]:
    """Remove what only makes the next start quicker: the images of the servers, the packages."""
    removed: list[str] = []
    if engine:
        removed += remove_images(engine)
        # Pushed to a registry that is gone.
        removed += remove_images(engine, f"localhost:{settings.aws_port}/")
        remove_unnamed(engine)
    packages = settings.packages_dir
    if packages.exists():
        shutil.rmtree(packages)
        removed.append(str(packages))
    return tuple(removed)


def status(*, settings: CloudSettings | None = None) -> Status:
    """What runs of the cloud that was started here."""
    settings = settings or read_settings(os.environ)
    record = read_record(settings.state_dir)
    if record is None:
        return Status(running=False)
    settings = recorded(settings, record)
    found = Status(
        running=not processes.ended_process(record.processes),
        healthy=is_healthy(settings),
        containers=record.containers,
        endpoint_url=settings.endpoint_url,
    )
    if not record.containers:
        return found
    try:
        engine = find_engine(replace(settings, engine_host=record.engine_host))
    except EngineError:
        silence = f"{record.engine_host}, which does not answer"
        return replace(found, running=False, healthy=False, engine=silence)
    with explained(engine):
        return replace(
            found,
            running=not ended_server(engine, settings),
            engine=str(engine),
            resources=count_resources(engine, settings),
        )
