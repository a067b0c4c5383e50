"""The cloud with containers: from an engine to servers that answer, and back."""

from __future__ import annotations

from collections import Counter

from emulated.engine import Engine, explained
from emulated.health import wait_until_healthy
from emulated.image import ensure_image
from emulated.network import check_network, create_network
from emulated.ports import check_ports
from emulated.problems import CloudError
from emulated.progress import Report
from emulated.record import record_of, remove_record, write_record
from emulated.registries import check_registry
from emulated.removal import Removed, check_owner, our_containers, remove_all
from emulated.servers import (
    LAST_LINES,
    copy_authority,
    ended_server,
    read_logs,
    servers,
    start_server,
)
from emulated.settings import CloudSettings


def start_containers(engine: Engine, settings: CloudSettings, report: Report) -> float:
    """Bring the servers up; return the seconds until they answered.

    CloudError when a check fails (then nothing was made) or the servers do not come up (then what
    was made is removed again and their output lies in `.emulated/log`). An interruption leaves
    containers that the next start or stop removes.
    """
    report(f"Container engine: {engine}.")
    with explained(engine):
        check_owner(engine, settings)
        if left := remove_all(engine, settings):
            report(f"Removed what an earlier start left: {left}.")
        check_network(engine, settings)
        check_registry(engine, settings.aws_port)
        check_ports(settings)
        image = ensure_image(engine, settings, report)
    write_record(settings.state_dir, record_of(settings, engine_host=engine.host))
    try:
        with explained(engine):
            return start_servers(engine, settings, image, report)
    except CloudError as problem:
        story = keep_logs(engine, settings)
        with explained(engine):
            remove_all(engine, settings)
        remove_record(settings.state_dir)
        raise CloudError(f"{problem}{story}") from problem


def start_servers(engine: Engine, settings: CloudSettings, image: str, report: Report) -> float:
    """Make network and containers and wait for answers; return the seconds until they came."""
    create_network(engine, settings)
    for server in servers(engine, settings):
        start_server(engine, settings, image, server)
    report("Waiting for the servers ...")
    seconds = wait_until_healthy(
        settings, ended=lambda: ended_server(engine, settings), report=report
    )
    if settings.https_port:
        copy_authority(engine, settings)
    return seconds


def keep_logs(engine: Engine, settings: CloudSettings) -> str:
    """Write the servers' output to `.emulated/log`; return the last lines for a message."""
    folder = settings.state_dir / "log"
    folder.mkdir(parents=True, exist_ok=True)
    story = ""
    for role, text in read_logs(engine, settings).items():
        (folder / f"{role}.log").write_text(text, encoding="utf-8")
        if lines := text.strip().splitlines()[-LAST_LINES:]:
            story += f"\nLast lines of the server {role} (all of them in {folder / role}.log):\n"
            story += "\n".join(f"  {line}" for line in lines)
    return story


def stop_containers(engine: Engine, settings: CloudSettings, *, any_folder: bool) -> Removed:
    """Remove everything of this cloud; CloudError when another folder started it."""
    with explained(engine):
        if not any_folder:
            check_owner(engine, settings)
        return remove_all(engine, settings)


def count_resources(engine: Engine, settings: CloudSettings) -> dict[str, int]:
    """Running containers that the cloud made, by service: ecs, rds, elasticache."""
    services = (
        c.labels.get(settings.name, "")
        for c in our_containers(engine, settings)
        if c.status == "running"
    )
    return dict(Counter(service for service in services if service))
