"""RabbitMQ, which carries jobs where SQS does not."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.backing_sections import Broker as BrokerSettings

PORT = 5671  # AMQP over TLS, the only one that Amazon MQ has
USER = "app"


@dataclass(frozen=True, kw_only=True)
class BrokerArgs:
    """What the broker takes."""

    settings: BrokerSettings
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    password: pulumi.Output[str]
    apply_immediately: bool
    protect: bool


class Broker(pulumi.ComponentResource):
    """RabbitMQ on Amazon MQ, out of reach for the internet.

    * broker, one node or a cluster of three, with its general log in CloudWatch; AWS encrypts it
      with a key of its own, as it takes no other for RabbitMQ [CloudFormation user guide,
      AWS::AmazonMQ::Broker EncryptionOptions]
    """

    broker_id: pulumi.Output[str]
    # With the password in it: secret.
    url: pulumi.Output[str]

    def __init__(
        self, name: str, args: BrokerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:broker:Broker", name, None, opts)
        settings = args.settings
        broker = aws.mq.Broker(
            f"{name}-broker",
            engine_type="RabbitMQ",
            engine_version=settings.engine_version,
            host_instance_type=settings.instance_class,
            deployment_mode="CLUSTER_MULTI_AZ" if settings.multi_az else "SINGLE_INSTANCE",
            publicly_accessible=False,
            # A single node lies in exactly one subnet [Amazon MQ API, CreateBroker].
            subnet_ids=args.subnet_ids if settings.multi_az else args.subnet_ids[:1],
            security_groups=[args.group_id],
            users=[{"username": USER, "password": args.password}],
            logs={"general": True},
            # AWS refuses these versions without it [Amazon MQ API, CreateBroker].
            auto_minor_version_upgrade=True,
            apply_immediately=args.apply_immediately,
            tags={"Name": f"{name}-broker"},
            # A changed user is not sent: the provider knows that Amazon MQ changes none of
            # RabbitMQ's. Ignoring it here too would fail each update after a refresh, which
            # finds no user to keep.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.broker_id = broker.id
        # One address, also of a cluster: amqps://host:port.
        host = broker.instances.apply(
            lambda nodes: (nodes[0].endpoints or [""])[0].partition("://")[2]
        )
        self.url = pulumi.Output.secret(
            pulumi.Output.concat(f"amqps://{USER}:", args.password, "@", host, "/%2F")
        )
        self.register_outputs({"broker_id": self.broker_id})
