"""A program with a component, a provider, dependencies, a secret and outputs."""

import pulumi
from pulumi_aws.ec2.subnet import Subnet
from pulumi_aws.ec2.vpc import Vpc
from pulumi_aws.kms.key import Key
from pulumi_aws.provider import Provider
from pulumi_aws.rds.instance import Instance


class Network(pulumi.ComponentResource):
    """A network with one subnet, which has every option there is."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("flask-fargate:network:Network", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.vpc = Vpc(name, cidr_block="10.0.0.0/16", opts=child)
        self.subnet = Subnet(
            f"{name}-a",
            vpc_id=self.vpc.id,
            cidr_block="10.0.0.0/20",
            opts=pulumi.ResourceOptions(
                parent=self.vpc,
                protect=True,
                retain_on_delete=True,
                ignore_changes=["tags"],
                replace_on_changes=["cidr_block"],
                delete_before_replace=True,
                aliases=[pulumi.Alias(name="old")],
                custom_timeouts=pulumi.CustomTimeouts(create="30m"),
            ),
        )
        self.register_outputs({"vpc_id": self.vpc.id})


def small_program() -> None:
    """Declare it all."""
    provider = Provider("aws", region="us-east-1", default_tags={"tags": {"Stage": "test"}})
    network = Network("net", opts=pulumi.ResourceOptions(providers=[provider]))
    key = Key("data", opts=pulumi.ResourceOptions(provider=provider))
    database = Instance(
        "db",
        instance_class="db.t4g.micro",
        password=pulumi.Output.secret("hidden"),
        kms_key_id=key.arn,
        opts=pulumi.ResourceOptions(provider=provider, depends_on=[network.subnet]),
    )
    pulumi.export("vpc_id", network.vpc.id)
    pulumi.export("url", pulumi.Output.concat("postgres://", database.endpoint, "/app"))
    pulumi.log.warn("one zone only")
