"""The process that serves ECS, RDS, the balancers and everything that refers to them."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

from ministack import app

from emulated.server import (
    alarms,
    balancer,
    broker,
    cache,
    certificate_options,
    clusters,
    container_engine,
    database,
    database_events,
    database_login,
    database_owner,
    database_port,
    database_secret,
    database_server,
    database_snapshot,
    events,
    listener_rules,
    listeners,
    log_queries,
    mail,
    names,
    network_acls,
    recorded_tasks,
    registry,
    registry_images,
    rollout,
    rollout_failure,
    secret_versions,
    service_events,
    service_tasks,
    snapshot_requests,
    target_health,
    task,
    task_credentials,
    task_definitions,
    task_health,
    task_log,
    task_requests,
    task_secrets,
    task_stop,
    vpc,
)
from emulated.server.settings import ServerSettings

# In this order: what comes later wraps what came before, as a managed password its instance.
PARTS = (
    container_engine,
    listeners,
    target_health,
    balancer,
    listener_rules,
    task,
    task_definitions,
    secret_versions,
    task_secrets,
    task_log,
    task_credentials,
    service_events,
    task_stop,
    recorded_tasks,
    rollout,
    rollout_failure,
    clusters,
    task_requests,
    database,
    database_port,
    database_owner,
    database_server,
    database_secret,
    database_snapshot,
    snapshot_requests,
    database_events,
    registry,
    registry_images,
    network_acls,
    vpc,
    cache,
    broker,
    certificate_options,
    names,
    mail,
    log_queries,
    alarms,
    events,
)
Watch = Callable[[ServerSettings], None]
WATCHES: tuple[Watch, ...] = (target_health.watch, service_tasks.watch)
CONTAINER_WATCHES: tuple[Watch, ...] = (task_health.watch, database_login.serve)


def serve(settings: ServerSettings) -> None:
    """Put our parts around ministack's and run it until it is stopped."""
    for part in PARTS:
        part.install(settings)
    watches = WATCHES + (CONTAINER_WATCHES if settings.containers else ())
    for watch in watches:
        threading.Thread(target=watch, args=(settings,), daemon=True).start()
    # ministack reads options of its own; it has none here.
    sys.argv = ["ministack"]
    app.main()
