"""The ECS cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class ClusterArgs:
    """What the cluster takes."""

    exec_log_group_name: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None
    after: Sequence[pulumi.Resource]


class Cluster(pulumi.ComponentResource):
    """Where tasks run.

    * cluster with Container Insights; exec sessions are logged and encrypted
    * Fargate and Fargate Spot as its capacity
    """

    cluster_name: pulumi.Output[str]
    cluster_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:cluster:Cluster", name, None, opts)
        encrypted = args.kms_key_arn is not None
        cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            name=name,  # its Container Insights log group carries it and is made first
            settings=[{"name": "containerInsights", "value": "enabled"}],
            configuration={
                "execute_command_configuration": {
                    "kms_key_id": args.kms_key_arn,
                    "logging": "OVERRIDE",
                    "log_configuration": {
                        "cloud_watch_encryption_enabled": encrypted,
                        "cloud_watch_log_group_name": args.exec_log_group_name,
                    },
                }
            },
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        capacity = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            opts=pulumi.ResourceOptions(parent=cluster),
        )
        # Who uses the cluster waits for its capacity too, and is gone before it is.
        self.cluster_name = capacity.cluster_name
        self.cluster_arn = pulumi.Output.all(cluster.arn, capacity.id).apply(
            lambda ids: str(ids[0])
        )
        self.register_outputs({"cluster_name": self.cluster_name})
