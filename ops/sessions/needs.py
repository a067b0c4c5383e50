"""What sessions with running tasks need of IAM."""

from __future__ import annotations

from infra.procfile import CONSOLE
from ops.permissions import SERVICES, TABLE, Need
from ops.tasks import needs as task_needs
from ops.tasks.needs import CLUSTER, TASKS

_SESSIONS = "arn:{partition}:ssm:{region}:{account_id}:session/"
# A session's id begins with the name of who started it; what ECS starts has a name of its own.
_OWN_SESSIONS = f"{_SESSIONS}${{{{aws:userid}}}}-*"
_EXEC_SESSIONS = f"{_SESSIONS}ecs-execute-command-*"
KEYS = "arn:{partition}:kms:{region}:{account_id}:key/*"
DATA_KEY = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{prefix}-data"}}

EXEC = (
    *task_needs.FIND,
    # To say why it cannot be entered.
    SERVICES,
    Need(actions=("ecs:ExecuteCommand",), resources=(CLUSTER, TASKS)),
    # The plugin's: it opens the channel, and asks for its key where the cluster encrypts sessions.
    Need(actions=("ssmmessages:OpenDataChannel",), resources=(_EXEC_SESSIONS,)),
    Need(actions=("kms:GenerateDataKey",), resources=(KEYS,), condition=DATA_KEY),
)
# A console of the release that serves, from its start to its end.
IN_A_CONSOLE = (
    Need(actions=("dynamodb:Query",), resources=(TABLE,)),
    *task_needs.start(CONSOLE, "execution-*", f"{CONSOLE}-task-*"),
    Need(actions=("ecs:StopTask",), resources=(TASKS,)),
)
FORWARD = (
    *task_needs.FIND,
    Need(
        actions=("ssm:StartSession",),
        resources=(
            TASKS,
            "arn:{partition}:ssm:{region}::document/AWS-StartPortForwardingSessionToRemoteHost",
        ),
    ),
    Need(
        actions=("ssm:TerminateSession", "ssmmessages:OpenDataChannel"), resources=(_OWN_SESSIONS,)
    ),
)
# What the plugin asks for, and RDS: no verb makes these calls itself.
LOGIN = Need(
    actions=("rds-db:connect",),
    resources=("arn:{partition}:rds-db:{region}:{account_id}:dbuser:*/{database_user}",),
    because="the outputs do not tell the database's resource id; the role's name holds it to "
    "databases that have one of that name",
)
