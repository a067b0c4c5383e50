"""What a process's tasks are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class TaskArgs:
    """What the task definition takes."""

    container: Mapping[str, Any]
    volumes: Sequence[str]
    cpu_units: int
    memory_mib: int
    architecture: str
    execution_role_arn: pulumi.Input[str]
    task_role_arn: pulumi.Input[str]


class Task(pulumi.ComponentResource):
    """Image, command, size and rights of one process.

    * task definition of a fixed family, whose earlier revisions stay for rollback
    """

    definition_arn: pulumi.Output[str]
    family: str

    def __init__(
        self, name: str, args: TaskArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:task:Task", name, None, opts)
        self.family = name  # one family: its revisions are the process's history
        definition = aws.ecs.TaskDefinition(
            name,
            family=self.family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(args.cpu_units),
            memory=str(args.memory_mib),
            runtime_platform={
                "cpu_architecture": args.architecture,
                "operating_system_family": "LINUX",
            },
            execution_role_arn=args.execution_role_arn,
            task_role_arn=args.task_role_arn,
            container_definitions=pulumi.Output.json_dumps([dict(args.container)]),
            volumes=[{"name": volume} for volume in args.volumes],
            # A deregistered revision could not be rolled back to [terraform-provider-aws #258].
            skip_destroy=True,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.definition_arn = definition.arn
        self.register_outputs({"definition_arn": self.definition_arn})
