"""Mail from the stack's own domain."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Easy DKIM has as many records, whose names are known only when the identity is there
# [SES developer guide, "Easy DKIM in Amazon SES"].
DKIM_RECORDS = 3
TTL_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class MailArgs:
    """What mail takes: the sender's domain, and the zone that holds it."""

    domain: str
    zone_id: str


class Mail(pulumi.ComponentResource):
    """A domain that mail may come from.

    * SES identity, whose keys SES makes, keeps and changes by itself
    * the records by which receivers find them (DKIM), and by which SES sees that the domain is ours
    """

    identity_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: MailArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:mail:Mail", name, None, opts)
        identity = aws.sesv2.EmailIdentity(
            f"{name}-mail",
            email_identity=args.domain,
            tags={"Name": f"{name}-mail"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        tokens = identity.dkim_signing_attributes.apply(lambda dkim: dkim.tokens)
        for number in range(DKIM_RECORDS):
            aws.route53.Record(
                f"{name}-dkim-{number + 1}",
                zone_id=args.zone_id,
                name=pulumi.Output.concat(tokens[number], "._domainkey.", args.domain),
                type="CNAME",
                ttl=TTL_SECONDS,
                records=[pulumi.Output.concat(tokens[number], ".dkim.amazonses.com")],
                opts=pulumi.ResourceOptions(parent=identity),
            )
        self.identity_arn = identity.arn
        self.register_outputs({"identity_arn": self.identity_arn})
