"""The cache."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.backing_sections import Cache as CacheSettings

PORT = 6379


@dataclass(frozen=True, kw_only=True)
class CacheArgs:
    """What the cache takes."""

    settings: CacheSettings
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    token: pulumi.Output[str]
    kms_key_arn: pulumi.Input[str] | None
    apply_immediately: bool


class Cache(pulumi.ComponentResource):
    """Valkey on ElastiCache, encrypted on the way and at rest.

    * replication group, asked for a token; with a replica it survives the loss of a zone
    * subnet group
    """

    endpoint: pulumi.Output[str]
    # With the token in it: secret.
    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: CacheArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:cache:Cache", name, None, opts)
        subnets = aws.elasticache.SubnetGroup(
            f"{name}-cache",
            description=f"{name}: cache",
            subnet_ids=args.subnet_ids,
            tags={"Name": f"{name}-cache"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        nodes = self._create_nodes(f"{name}-cache", subnets.name, args)
        self.endpoint = nodes.primary_endpoint_address
        self.url = pulumi.Output.secret(
            pulumi.Output.concat("rediss://:", args.token, "@", self.endpoint, f":{PORT}/0")
        )
        self.register_outputs({"endpoint": self.endpoint})

    def _create_nodes(
        self, name: str, subnet_group_name: pulumi.Input[str], args: CacheArgs
    ) -> aws.elasticache.ReplicationGroup:
        settings = args.settings
        return aws.elasticache.ReplicationGroup(
            name,
            description=f"{name}: primary and replicas",
            engine="valkey",
            engine_version=settings.engine_version,
            auto_minor_version_upgrade=True,
            node_type=settings.node_type,
            port=PORT,
            num_cache_clusters=1 + settings.replicas,
            automatic_failover_enabled=settings.replicas > 0,
            multi_az_enabled=settings.replicas > 0,
            subnet_group_name=subnet_group_name,
            security_group_ids=[args.group_id],
            at_rest_encryption_enabled=True,
            kms_key_id=args.kms_key_arn,
            # Connections without TLS are refused: the mode that AWS begins with is `required`.
            transit_encryption_enabled=True,
            auth_token=args.token,
            # After a change the token before it is good too: running tasks have that one.
            auth_token_update_strategy="ROTATE",  # noqa: S106
            snapshot_retention_limit=settings.snapshot_days,
            apply_immediately=args.apply_immediately,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
