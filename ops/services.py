"""The stack's services, as rollouts and looks at them need them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from infra.naming import log_group, service_name
from infra.procfile import WEB
from ops.problems import OpsError
from release import deployments
from release.watched import WatchedService

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

    from ops.outputs import Outputs

# True before a first release has come so far, and of a service that somebody deleted.
MADE_BY = "`make up` makes it, once the release phase has succeeded"


def watched_services(
    outputs: Outputs, definitions: Mapping[str, str] | None = None
) -> tuple[WatchedService, ...]:
    """Each process's service with the revision that it is to run, by default the last update's."""
    revisions = outputs.task_definition_arns if definitions is None else definitions
    return tuple(
        WatchedService(
            process=process,
            service_name=outputs.service_names[process],
            task_definition=revisions[process],
            target_group_arn=outputs.target_group_arn if process == WEB else None,
            log_group=outputs.log_group_names[process],
            log_prefix=process,
            container=process,
        )
        for process in outputs.processes
        if process in revisions
    )


def with_left_over(ecs: ECSClient, outputs: Outputs) -> Outputs:
    """The outputs with the processes, too, that still run though the program has them no more.

    An update publishes what it will make before its release phase, and removes at its end what the
    program has lost: in between, and for as long as it has failed, that is what serves.
    """
    prefix = service_name(outputs.prefix, "")
    pages = ecs.get_paginator("list_services").paginate(
        cluster=outputs.cluster_name, PaginationConfig={"PageSize": 100}
    )
    listed = [arn.rpartition("/")[2] for page in pages for arn in page["serviceArns"]]
    known = set(outputs.service_names.values())
    others = [name for name in listed if name.startswith(prefix) and name not in known]
    found = deployments.describe(ecs, outputs.cluster_name, others)
    left = {
        name.removeprefix(prefix): each.primary.revision
        for name, each in found.items()
        if each.status == "ACTIVE" and each.primary
    }
    # Services and log groups have their names by rule.
    services = {process: service_name(outputs.prefix, process) for process in left}
    groups = {process: log_group(outputs.prefix, process) for process in left}
    return replace(
        outputs,
        service_names={**outputs.service_names, **services},
        task_definition_arns={**left, **outputs.task_definition_arns},
        log_group_names={**groups, **outputs.log_group_names},
    )


def with_log_of(process: str, ecs: ECSClient, outputs: Outputs) -> Outputs:
    """The outputs, which tell the log of that process of the release that serves.

    OpsError when the program has lost the process and nothing of it runs: its log is gone.
    """
    if process in outputs.log_group_names:
        return outputs
    found = with_left_over(ecs, outputs)
    if process not in found.log_group_names:
        raise OpsError(
            f"The program has no process {process!r} any more, and nothing of it runs: the log "
            "that its task would write to is gone.\nTake another process's configuration, "
            "such as `--process web`, or put this one back into the Procfile and `make up`."
        )
    return found
