"""The stack's services, as rollouts and looks at them need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from infra.procfile import WEB
from release.watched import WatchedService

if TYPE_CHECKING:
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
