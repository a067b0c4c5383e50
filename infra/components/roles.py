"""What ECS may do to start a task, and what the task itself may do."""

import json
from collections.abc import Mapping, Sequence
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
from infra.procfile import RELEASE


@dataclass(frozen=True, kw_only=True)
class RolesArgs:
    """What the roles take; the keys are those of secrets and exec sessions.

    `statements` are the rights of each process's tasks, by its name.
    """

    account_id: str
    region: str
    repository_arn: pulumi.Input[str]
    log_group_arns: Mapping[str, pulumi.Input[str]]
    exec_group_arn: pulumi.Input[str]
    secret_arns: Sequence[pulumi.Input[str]]
    owner_secret_arn: pulumi.Input[str]
    key_arns: Sequence[pulumi.Input[str]]
    statements: Mapping[str, pulumi.Input[Sequence[Statement]]]
    exec_processes: Sequence[str]


class Roles(pulumi.ComponentResource):
    """Roles that only tasks of this account may take.

    * execution: pull from the one repository, write to the processes' logs, read their secrets
    * release-execution: the same for the release task, which alone gets the owner's secret
    * one for the tasks of each process, and for consoles: what it is given, and exec sessions where
      allowed
    """

    execution_role_arns: Mapping[str, pulumi.Output[str]]
    task_role_arns: Mapping[str, pulumi.Output[str]]
    policies: Sequence[pulumi.Resource]

    def __init__(
        self, name: str, args: RolesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:roles:Roles", name, None, opts)
        self._name, self._args = name, args
        self._trust = json.dumps(trust("ecs-tasks", args.account_id))
        services = [process for process in args.statements if process != RELEASE]
        shared, policy = self._create_execution("execution", services, args.secret_arns)
        policies = [policy]
        self.execution_role_arns = dict.fromkeys(services, shared.arn)
        if RELEASE in args.statements:
            secret_arns = [*args.secret_arns, args.owner_secret_arn]
            own, policy = self._create_execution("release-execution", [RELEASE], secret_arns)
            policies.append(policy)
            self.execution_role_arns[RELEASE] = own.arn
        self.task_role_arns = {}
        for process, statements in args.statements.items():
            role = self._create_role(f"{name}-{process}-task")
            self.task_role_arns[process] = role.arn
            policies += self._grant(role, process, statements)
        self.policies = policies
        self.register_outputs({"task_role_arns": self.task_role_arns})

    def _create_role(self, name: str) -> aws.iam.Role:
        return aws.iam.Role(
            name,
            assume_role_policy=self._trust,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_execution(
        self, role: str, processes: Sequence[str], secret_arns: Sequence[pulumi.Input[str]]
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args = self._args

        def statements(found: Any) -> list[Statement]:
            writers = [log_writer(arn)["Statement"][0] for arn in found["log_groups"]]
            return [
                *repository_reader(found["repository"]),
                *writers,
                *secret_reader(found["secrets"], found["keys"], args.region),
            ]

        known = pulumi.Output.all(
            repository=args.repository_arn,
            log_groups=[args.log_group_arns[process] for process in processes],
            secrets=list(secret_arns),
            keys=list(args.key_arns),
        )
        created = self._create_role(f"{self._name}-{role}")
        return created, self._create_policy(
            created, f"{self._name}-{role}", known.apply(statements)
        )

    def _grant(
        self, role: aws.iam.Role, process: str, statements: pulumi.Input[Sequence[Statement]]
    ) -> list[aws.iam.RolePolicy]:
        name = f"{self._name}-{process}"
        granted = [self._create_policy(role, f"{name}-task", statements)]
        if process in self._args.exec_processes:
            known = pulumi.Output.all(
                group=self._args.exec_group_arn, keys=list(self._args.key_arns)
            )
            session = known.apply(lambda found: exec_session(found["group"], found["keys"]))
            granted.append(self._create_policy(role, f"{name}-exec", session))
        return granted

    def _create_policy(
        self, role: aws.iam.Role, name: str, statements: pulumi.Input[Sequence[Statement]]
    ) -> aws.iam.RolePolicy:
        return aws.iam.RolePolicy(
            name,
            role=role.id,
            policy=pulumi.Output.from_input(statements).apply(
                lambda known: json.dumps(document(*known))
            ),
            opts=pulumi.ResourceOptions(parent=role),
        )
