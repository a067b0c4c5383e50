"""RDS snapshots that hold the data, final ones included, and instances restored from them."""

from __future__ import annotations

import copy
import logging
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

from ministack.core.concurrency import spawn_background
from ministack.core.responses import get_account_id, get_region
from ministack.services import rds

from emulated.server import database
from emulated.server.database import Parameters, Record
from emulated.server.database_server import container_of, run_sql
from emulated.server.patching import Function, replace_each
from emulated.server.postgres_settings import ADMIN
from emulated.server.settings import ServerSettings
from emulated.server.shelf import in_scope

log = logging.getLogger(__name__)
KEPT_SETTINGS = (
    "MultiAZ",
    "DBSubnetGroup",
    "IAMDatabaseAuthenticationEnabled",
    "DBParameterGroups",
    "VpcSecurityGroups",
)
# What is to be done with the writing of a snapshot's contents; nothing: it is done at once.
PutOff = Callable[[Record, Callable[[], None]], None]
PUT_OFF: ContextVar[PutOff | None] = ContextVar("put off", default=None)
START_SECONDS = 120.0
START_PAUSE_SECONDS = 0.2
NO_FINAL_SNAPSHOT = "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
ONLY_LATEST = (
    "The emulated AWS keeps no transaction log: only UseLatestRestorableTime can be restored."
)


def install(settings: ServerSettings) -> None:
    """Write the contents of a database with its snapshot, read them with a restore."""
    folder = settings.snapshot_dir

    def keeping(original: Function) -> Function:
        return with_contents(original, folder)

    replace_each(
        rds,
        {
            "_create_snapshot_internal": keeping,
            "_restore_from_snapshot": _with_its_contents,
            "_delete_db_snapshot": _with_its_file,
            "_delete_db_instance": _after_its_final_snapshot,
        },
    )
    rds._ACTION_MAP["RestoreDBInstanceToPointInTime"] = _restore_to_point_in_time


def with_contents(original: Function, folder: Path) -> Function:
    """The function that records a snapshot, keeping the data of a real server beside it."""

    def snapshot(snapshot_id: str, instance: Record) -> Record:
        if snapshot_id in instance.get("_final_snapshots", ()):
            # Taken before the server was removed.
            taken: Record = rds._snapshots[snapshot_id]
            return taken
        record: Record = original(snapshot_id, instance)
        record["_MasterUserPassword"] = instance.get("_MasterUserPassword")
        settings = {k: v for k, v in instance.items() if k in KEPT_SETTINGS}
        record["_instance"] = copy.deepcopy(settings)
        path = folder / f"{get_account_id()}-{get_region()}-{snapshot_id}.sql"
        keep = partial(keep_contents, record, instance, path)
        if put_off := PUT_OFF.get():
            put_off(record, keep)
        else:
            keep()
        return record

    return snapshot


def keep_contents(record: Record, instance: Record, path: Path) -> None:
    """Write what a real server holds beside the record of its snapshot."""
    real = instance.get("Engine") == "postgres" and instance.get("_docker_container_id")
    if real and dump(instance, path):
        record["_contents"] = str(path)


def dump(instance: Record, path: Path) -> bool:
    """Write everything that an instance holds into a file; False, and a warning, if it cannot."""
    command = ["pg_dumpall", "-U", ADMIN, "--no-sync"]
    try:
        result = container_of(instance).exec_run(command, user="postgres", demux=True)
    except Exception as problem:
        # The engine or the server is gone; the snapshot still exists as a record.
        log.warning("RDS: %s holds no data: %s", path.stem, problem)
        return False
    contents, errors = result.output
    if result.exit_code:
        log.warning("RDS: %s holds no data: %s", path.stem, (errors or b"")[-300:])
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(contents)
    return True


def _after_its_final_snapshot(original: Function) -> Function:
    """ministack removes the server first; its final snapshot would be empty."""

    def delete(parameters: Parameters) -> Any:
        instance = database.named(parameters)
        if instance is None or instance.get("DeletionProtection"):
            return original(parameters)
        final = rds._p(parameters, "FinalDBSnapshotIdentifier")
        if rds._p(parameters, "SkipFinalSnapshot") != "true":
            if not final:
                return rds._error("InvalidParameterCombination", NO_FINAL_SNAPSHOT, 400)
            if final in rds._snapshots:
                text = f"Cannot create the snapshot because one with the name {final} exists."
                return rds._error("DBSnapshotAlreadyExists", text, 400)
            rds._create_snapshot_internal(final, instance)
            instance["_final_snapshots"] = [final]
        return original(parameters)

    return delete


def _with_its_file(original: Function) -> Function:
    def delete(parameters: Parameters) -> Any:
        gone = rds._snapshots.get(rds._p(parameters, "DBSnapshotIdentifier"))
        result = original(parameters)
        if gone and gone.get("_contents") and result[0] == 200:
            Path(gone["_contents"]).unlink(missing_ok=True)
        return result

    return delete


def _with_its_contents(original: Function) -> Function:
    def restore(parameters: Parameters) -> Any:
        snapshot_id = rds._p(parameters, "DBSnapshotIdentifier").rsplit(":", 1)[-1]
        snapshot = rds._snapshots.get(snapshot_id)
        if not snapshot or not snapshot.get("_contents") or database.named(parameters):
            return original({**parameters, "DBSnapshotIdentifier": [snapshot_id]})
        name = rds._p(parameters, "DBInstanceIdentifier")
        database.HELD.add(name)
        result = rds._create_db_instance(restored_parameters(parameters, snapshot))
        if result[0] != 200:
            database.HELD.discard(name)
            return result
        instance = rds._instances[name]
        scope = (get_account_id(), get_region())
        spawn_background(in_scope, *scope, _load, instance, snapshot, thread_name=f"restore-{name}")
        return rds._single_instance_response(
            "RestoreDBInstanceFromDBSnapshotResponse",
            "RestoreDBInstanceFromDBSnapshotResult",
            instance,
        )

    return restore


def restored_parameters(parameters: Parameters, snapshot: Record) -> Parameters:
    """A request to create the instance: the snapshot's settings, the caller's, then the data's."""
    was = snapshot["_instance"]
    group = (was.get("DBSubnetGroup") or {}).get("DBSubnetGroupName", "default")
    found: dict[str, Any] = {
        "DBInstanceClass": snapshot["DBInstanceClass"],
        "MultiAZ": _flag(was.get("MultiAZ")),
        "DBSubnetGroupName": group,
        "EnableIAMDatabaseAuthentication": _flag(was.get("IAMDatabaseAuthenticationEnabled")),
        "StorageType": snapshot["StorageType"],
    }
    if groups := was.get("DBParameterGroups"):
        found["DBParameterGroupName"] = groups[0]["DBParameterGroupName"]
    found |= parameters
    found |= {
        "Engine": snapshot["Engine"],
        "EngineVersion": snapshot["EngineVersion"],
        "MasterUsername": snapshot["MasterUsername"],
        "MasterUserPassword": snapshot["_MasterUserPassword"],
        "DBName": snapshot["DBName"],
        "AllocatedStorage": str(snapshot["AllocatedStorage"]),
        "StorageEncrypted": _flag(snapshot.get("StorageEncrypted")),
        "ManageMasterUserPassword": "false",
    }
    return found


def _flag(value: Any) -> str:
    return "true" if value else "false"


def _load(instance: Record, snapshot: Record) -> None:
    """Read the data into the new server; only then is the instance available."""
    name = instance["DBInstanceIdentifier"]
    try:
        deadline = time.monotonic() + START_SECONDS
        while instance["DBInstanceStatus"] == "creating" and time.monotonic() < deadline:
            time.sleep(START_PAUSE_SECONDS)
        _, output = run_sql(instance, Path(snapshot["_contents"]).read_text())
        log.info("RDS: %s restored: %s", name, output[-300:])
    except Exception:
        log.exception("RDS: restore of %s", name)
        instance["DBInstanceStatus"] = "failed"
    finally:
        database.HELD.discard(name)
        if snapshot.get("_transient"):
            Path(snapshot["_contents"]).unlink(missing_ok=True)


def _restore_to_point_in_time(parameters: Parameters) -> Any:
    """Restore an instance as it is now under another name."""
    source = rds._instances.get(rds._p(parameters, "SourceDBInstanceIdentifier"))
    if source is None:
        return rds._error("DBInstanceNotFound", "The source DB instance was not found.", 404)
    if rds._p(parameters, "UseLatestRestorableTime") != "true":
        return rds._error("InvalidRestoreFault", ONLY_LATEST, 400)
    snapshot_id = f"point-in-time-{uuid.uuid4()}"
    rds._create_snapshot_internal(snapshot_id, source)
    target = rds._p(parameters, "TargetDBInstanceIdentifier")
    request = {
        **parameters,
        "DBInstanceIdentifier": [target],
        "DBSnapshotIdentifier": [snapshot_id],
    }
    rds._snapshots[snapshot_id]["_transient"] = True
    result = rds._restore_from_snapshot(request)
    # Nobody asked for a snapshot: what is being restored keeps the record that it needs.
    del rds._snapshots[snapshot_id]
    if result[0] != 200:
        return result
    return rds._single_instance_response(
        "RestoreDBInstanceToPointInTimeResponse",
        "RestoreDBInstanceToPointInTimeResult",
        rds._instances[target],
    )
