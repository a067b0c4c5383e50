"""Jobs that nobody takes, and jobs that never succeeded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, as_in_status
from ops.permissions import NO_RESOURCE, Need

if TYPE_CHECKING:
    from ops.checks.situation import Situation

NEEDS = (
    Need(
        actions=("sqs:GetQueueAttributes",),
        resources=("arn:{partition}:sqs:{region}:{account_id}:{prefix}-*",),
    ),
    Need(actions=("cloudwatch:GetMetricData",), because=NO_RESOURCE),
)


def find(situation: Situation) -> Iterator[Finding]:
    """No dead letters, no job that waits for an hour."""
    from ops.sections import queues

    clients = situation.clients
    section = queues.section(clients.sqs, clients.cloudwatch, situation.outputs, situation.now)
    yield as_in_status(
        section,
        f"`bin/ops logs --process worker --stack {situation.stack}` says why; then "
        "`aws sqs start-message-move-task` sends dead letters back, and the application's "
        "/admin/jobs what it gave up itself",
    )


CHECK = Check(name="jobs", about="queues and dead letters", find=find, needs=NEEDS)
