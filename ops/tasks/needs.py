"""What starting and stopping one-off tasks needs of IAM."""

from __future__ import annotations

from ops.permissions import Need

TASKS = "arn:{partition}:ecs:{region}:{account_id}:task/{cluster_name}/*"
CLUSTER = "arn:{partition}:ecs:{region}:{account_id}:cluster/{cluster_name}"
IN_CLUSTER = {"ArnEquals": {"ecs:cluster": CLUSTER}}
LIST = Need(
    actions=("ecs:ListTasks",),
    condition=IN_CLUSTER,
    because="its resource is a container instance, which Fargate has none of; the condition "
    "holds it to the cluster",
)
# To find running tasks.
FIND = (Need(actions=("ecs:DescribeTasks",), resources=(TASKS,)), LIST)
# To follow a task, and to end it.
FOLLOW = Need(actions=("ecs:DescribeTasks", "ecs:StopTask"), resources=(TASKS,))


def pass_roles(*roles: str) -> Need:
    """To give tasks roles of such names, behind the stack's prefix."""
    return Need(
        actions=("iam:PassRole",),
        resources=tuple(
            f"arn:{{partition}}:iam::{{account_id}}:role/{{prefix}}-{role}" for role in roles
        ),
        condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    )


def start(family: str, *roles: str) -> tuple[Need, ...]:
    """To start tasks of definitions and with roles of such names, behind the stack's prefix."""
    return (
        Need(
            actions=("ecs:RunTask",),
            resources=(
                f"arn:{{partition}}:ecs:{{region}}:{{account_id}}:task-definition/{{prefix}}-{family}:*",
            ),
            condition=IN_CLUSTER,
        ),
        pass_roles(*roles),
        # The task gets the tags of its definition.
        Need(
            actions=("ecs:TagResource",),
            resources=(TASKS,),
            condition={"StringEquals": {"ecs:CreateAction": "RunTask"}},
        ),
    )
