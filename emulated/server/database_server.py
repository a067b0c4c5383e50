"""What runs inside the PostgreSQL container of an RDS instance."""

from __future__ import annotations

import io
import logging
import socket
import tarfile
import time
from typing import Any

from ministack.services import rds

from emulated.server import database
from emulated.server.database import Record
from emulated.server.patching import Function, replace
from emulated.server.postgres_settings import (
    ADMIN,
    INSERT_ACCESS_RULES,
    access_rules,
    configuration_sql,
    owner_sql,
)
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope

log = logging.getLogger(__name__)
RECORD_ATTEMPTS = 20
RECORD_PAUSE_SECONDS = 0.1


def install(settings: ServerSettings) -> None:
    """Bring parameter groups and IAM logins into servers as they start and change."""
    replace(rds, "_rotate_instance_password", _where_there_is_one)
    if settings.containers:
        replace(rds, "_wait_for_database_ready", _then_configured)
        for action in ("ModifyDBParameterGroup", "ResetDBParameterGroup"):
            rds._ACTION_MAP[action] = _and_reconfigured(rds._ACTION_MAP[action])


def container_of(instance: Record) -> Any:
    """The engine's container of an instance; docker.errors.NotFound when it is gone."""
    return rds._get_docker().containers.get(instance["_docker_container_id"])


def run_sql(instance: Record, script: str, database_name: str = "postgres") -> tuple[int, str]:
    """Run a script as RDS itself: exit code and output."""
    container = container_of(instance)
    put_file(container, "emulated.sql", script.encode())
    command = ["psql", "-X", "-q", "-U", ADMIN, "-d", database_name]
    result = container.exec_run([*command, "-f", "/tmp/emulated.sql"], user="postgres")  # noqa: S108
    return result.exit_code, result.output.decode(errors="replace")


def put_file(container: Any, name: str, content: bytes) -> None:
    """Write a file into a container's /tmp."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as bundle:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o644
        bundle.addfile(entry, io.BytesIO(content))
    container.put_archive("/tmp", archive.getvalue())  # noqa: S108


def own_address(neighbour: str) -> str:
    """The address of this process as a neighbour in its network sees it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: connecting only picks the interface.
        probe.connect((neighbour, 9))
        return str(probe.getsockname()[0])


def configure(instance: Record) -> None:
    """Bring parameter group, TLS rule and IAM login into a running server."""
    group = (instance.get("DBParameterGroups") or [{}])[0].get("DBParameterGroupName", "")
    parameters = (rds._param_groups.get(group) or {}).get("Parameters") or {}
    given = {name: entry.get("ParameterValue") for name, entry in parameters.items()}
    values = {name: value for name, value in given.items() if value is not None}
    owner, database_name = instance["MasterUsername"], instance.get("DBName") or "postgres"
    makes_owner = owner_sql(owner, instance["_MasterUserPassword"], database_name)
    _, output = run_sql(instance, configuration_sql(values) + makes_owner)
    if "ERROR" in output:
        log.warning("RDS: %s: %s", instance["DBInstanceIdentifier"], output[-400:])
    container = container_of(instance)
    major = int(instance["EngineVersion"].split(".")[0])
    rules = access_rules(values, major, own_address(instance["_internal_address"]), owner)
    put_file(container, "hba", rules.encode())
    container.exec_run(["sh", "-c", INSERT_ACCESS_RULES], user="postgres")
    run_sql(instance, "SELECT pg_reload_conf();")


def _then_configured(original: Function) -> Function:
    """Configures a server that has come up before anyone is told."""

    def wait(host: str, port: int, engine: str, *rest: Any, **options: Any) -> Any:
        ready = original(host, port, engine, *rest, **options)
        found = _recorded(host) if ready and engine == "postgres" else None
        if found:
            account, region, instance = found
            try:
                in_scope(account, region, configure, instance)
            except Exception:
                # The server runs; only its parameters or IAM logins are not as asked.
                log.exception("RDS: configuring %s", instance["DBInstanceIdentifier"])
        return ready

    return wait


def _where_there_is_one(original: Function) -> Function:
    """Changes the master password in a real server; a record has none."""

    def rotate(instance: Record, old: str, new: str) -> Any:
        return original(instance, old, new) if instance.get("_docker_container_id") else None

    return rotate


def _recorded(address: str) -> tuple[str, str, Record] | None:
    """The record of a server, which may be written a moment after it answers."""
    for _ in range(RECORD_ATTEMPTS):
        if found := database.at_address(address):
            return found
        time.sleep(RECORD_PAUSE_SECONDS)
    return None


def _and_reconfigured(original: Function) -> Function:
    """Passes a changed parameter group on to its servers."""

    def change(parameters: dict[str, Any]) -> Any:
        result = original(parameters)
        group = rds._p(parameters, "DBParameterGroupName")
        if result[0] == 200:
            for instance in list(rds._instances.values()):
                if _runs_with(instance, group):
                    configure(instance)
        return result

    return change


def _runs_with(instance: Record, group: str) -> bool:
    groups = [g["DBParameterGroupName"] for g in instance.get("DBParameterGroups") or []]
    running = instance.get("DBInstanceStatus") == "available" and instance.get(
        "_docker_container_id"
    )
    return bool(running) and instance.get("Engine") == "postgres" and group in groups
