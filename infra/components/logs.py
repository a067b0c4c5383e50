"""Log groups, made before those who write to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra import naming


@dataclass(frozen=True, kw_only=True)
class LogsArgs:
    """What the groups take; all share one retention and one key."""

    retention_days: int
    keep_on_destroy: bool
    kms_key_arn: pulumi.Input[str] | None
    cluster_name: str
    database_identifier: str
    database_exports: Sequence[str]
    waf: bool
    processes: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class LogGroup:
    """Where to write: name and ARN of a group."""

    name: pulumi.Output[str]
    arn: pulumi.Output[str]


class Logs(pulumi.ComponentResource):
    """Every log group of the stack. A group that AWS had to make itself would never expire.

    * one for each process of the application; exec: what people do in a running task
    * flow: the network; the database's exports; Container Insights
    * maintenance: what answers in place of the application
    * waf: requests that the web application firewall judged, where there is one
    """

    processes: Mapping[str, LogGroup]
    exec: LogGroup
    flow: LogGroup
    maintenance: LogGroup
    waf: LogGroup | None

    def __init__(
        self, name: str, args: LogsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:logs:Logs", name, None, opts)
        self._name, self._args = name, args
        self.processes = {
            process: self._create_group(process, naming.log_group(name, process))
            for process in args.processes
        }
        self.exec = self._create_group("exec", naming.log_group(name, "exec"))
        self.flow = self._create_group("flow", naming.log_group(name, "flow"))
        self.maintenance = self._create_group("maintenance", naming.log_group(name, "maintenance"))
        # The names of the next groups are AWS's: a group of another name would stay empty.
        for export in args.database_exports:
            self._create_group(
                f"database-{export}", f"/aws/rds/instance/{args.database_identifier}/{export}"
            )
        self._create_group(
            "insights", f"/aws/ecs/containerinsights/{args.cluster_name}/performance"
        )
        self.waf = self._create_group("waf", f"aws-waf-logs-{name}") if args.waf else None
        self.register_outputs({"exec_name": self.exec.name})

    def _create_group(self, role: str, log_name: str) -> LogGroup:
        group = aws.cloudwatch.LogGroup(
            f"{self._name}-{role}",
            name=log_name,  # its writers, and those who read it, know it by name
            retention_in_days=self._args.retention_days,
            kms_key_id=self._args.kms_key_arn,
            skip_destroy=self._args.keep_on_destroy,
            tags={"Name": log_name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return LogGroup(name=group.name, arn=group.arn)
