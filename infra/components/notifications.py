"""Where failures are told."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True, kw_only=True)
class NotificationsArgs:
    """What the topic takes."""

    emails: Sequence[str]
    kms_key_arn: pulumi.Input[str] | None


class Notifications(pulumi.ComponentResource):
    """One SNS topic, encrypted, and a subscription per address, which its owner confirms."""

    topic_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:notifications:Notifications", name, None, opts)
        topic = aws.sns.Topic(
            f"{name}-failures",
            kms_master_key_id=args.kms_key_arn,
            tags={"Name": f"{name}-failures"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        for email in args.emails:
            aws.sns.TopicSubscription(
                f"{name}-{email}",
                topic=topic.arn,
                protocol="email",
                endpoint=email,
                opts=pulumi.ResourceOptions(parent=topic),
            )
        self.topic_arn = topic.arn
        self.register_outputs({"topic_arn": self.topic_arn})
