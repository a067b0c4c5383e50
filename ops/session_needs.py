"""What sessions with running tasks need of IAM."""

from __future__ import annotations

from ops.permissions import Need

_TASKS = "arn:{partition}:ecs:{region}:{account_id}:task/{cluster_name}/*"
_CLUSTER = "arn:{partition}:ecs:{region}:{account_id}:cluster/{cluster_name}"
_SESSIONS = "arn:{partition}:ssm:{region}:{account_id}:session/"
# A session's id begins with the name of who started it; what ECS starts has a name of its own.
_OWN_SESSIONS = f"{_SESSIONS}${{{{aws:userid}}}}-*"
_EXEC_SESSIONS = f"{_SESSIONS}ecs-execute-command-*"
KEYS = "arn:{partition}:kms:{region}:{account_id}:key/*"
DATA_KEY = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/{prefix}-data"}}

# To find the task, and to say why it cannot be entered.
_CHOOSE = (
    Need(actions=("ecs:DescribeTasks",), resources=(_TASKS,)),
    Need(
        actions=("ecs:ListTasks",),
        condition={"ArnEquals": {"ecs:cluster": _CLUSTER}},
        because="its resource is a container instance, which Fargate has none of; the condition "
        "holds it to the cluster",
    ),
    Need(
        actions=("ecs:DescribeServices",),
        resources=("arn:{partition}:ecs:{region}:{account_id}:service/{cluster_name}/*",),
    ),
)
EXEC = (
    *_CHOOSE,
    Need(actions=("ecs:ExecuteCommand",), resources=(_CLUSTER, _TASKS)),
    # The plugin's: it opens the channel, and asks for its key where the cluster encrypts sessions.
    Need(actions=("ssmmessages:OpenDataChannel",), resources=(_EXEC_SESSIONS,)),
    Need(actions=("kms:GenerateDataKey",), resources=(KEYS,), condition=DATA_KEY),
)
FORWARD = (
    *_CHOOSE,
    Need(
        actions=("ssm:StartSession",),
        resources=(
            _TASKS,
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
