"""What ECS may do to start a task, and what the task itself may do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import (
    Statement,
    document,
    exec_session,
    log_writer,
    repository_reader,
    secret_reader,
    trust,
)


@dataclass(frozen=True, kw_only=True)
class RolesArgs:
    """What the roles take; the keys are those of secrets and exec sessions."""

    account_id: str
    region: str
    repository_arn: pulumi.Input[str]
    log_group_arn: pulumi.Input[str]
    exec_group_arn: pulumi.Input[str]
    secret_arns: Sequence[pulumi.Input[str]]
    key_arns: Sequence[pulumi.Input[str]]
    exec_enabled: bool


class Roles(pulumi.ComponentResource):
    """Two roles that only tasks of this account may take.

    * execution: pull from the one repository, write to the one log group, read the named secrets
    * task: nothing, or an exec session where the settings allow it
    """

    execution_role_arn: pulumi.Output[str]
    task_role_arn: pulumi.Output[str]
    policies: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: RolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:roles:Roles", name, None, opts)
        self._trust = json.dumps(trust("ecs-tasks", args.account_id))
        execution = self._create_role(f"{name}-execution")
        task = self._create_role(f"{name}-task")
        self.policies = [self._grant_execution(execution, f"{name}-execution", args)]
        if args.exec_enabled:
            self.policies = [*self.policies, self._grant_exec(task, f"{name}-exec", args)]
        self.execution_role_arn, self.task_role_arn = execution.arn, task.arn
        self.register_outputs({"task_role_arn": self.task_role_arn})

    def _create_role(self, name: str) -> aws.iam.Role:
        return aws.iam.Role(
            name,
            assume_role_policy=self._trust,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _grant_execution(
        self, role: aws.iam.Role, name: str, args: RolesArgs
    ) -> aws.iam.RolePolicy:
        def statements(found: Any) -> list[Statement]:
            return [
                *repository_reader(found["repository"]),
                *log_writer(found["log_group"])["Statement"],
                *secret_reader(found["secrets"], found["keys"], args.region),
            ]

        known = pulumi.Output.all(
            repository=args.repository_arn,
            log_group=args.log_group_arn,
            secrets=list(args.secret_arns),
            keys=list(args.key_arns),
        )
        return self._create_policy(role, name, known.apply(statements))

    def _grant_exec(self, role: aws.iam.Role, name: str, args: RolesArgs) -> aws.iam.RolePolicy:
        known = pulumi.Output.all(group=args.exec_group_arn, keys=list(args.key_arns))
        statements = known.apply(lambda found: exec_session(found["group"], found["keys"]))
        return self._create_policy(role, name, statements)

    def _create_policy(
        self, role: aws.iam.Role, name: str, statements: pulumi.Output[list[Statement]]
    ) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            name,
            role=role.id,
            policy=statements.apply(lambda known: json.dumps(document(*known))),
            opts=pulumi.ResourceOptions(parent=role),
        )
