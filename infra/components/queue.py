"""The queue of one process."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.backing_policies import queue_policy
from infra.backing_sections import LONGEST_RETENTION_DAYS, VISIBILITY_MARGIN_SECONDS
from infra.backing_sections import Queue as QueueSettings

DAY_SECONDS = 86_400
# Longer than any other wait: fewer empty answers to pay for [SQS developer guide, "Short and
# long polling"].
WAIT_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """What the queue takes; without a key SQS encrypts with its own."""

    settings: QueueSettings
    kms_key_arn: pulumi.Input[str] | None
    protect: bool


class Queue(pulumi.ComponentResource):
    """Jobs of one process on SQS, encrypted, TLS only.

    * queue, whose visibility timeout is longer than the longest job: a job that is being worked
      on is given to nobody else
    * queue of dead letters: jobs that failed as often as is allowed, kept for 14 days; nothing
      but the queue itself may put any there
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    name: pulumi.Output[str]
    dead_letter_url: pulumi.Output[str]
    dead_letter_arn: pulumi.Output[str]
    dead_letter_name: pulumi.Output[str]

    def __init__(
        self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:queue:Queue", name, None, opts)
        self._args, settings = args, args.settings
        dead = self._create_queue(f"{name}-dead-letters", retention_days=LONGEST_RETENTION_DAYS)
        queue = self._create_queue(
            name,
            retention_days=settings.retention_days,
            visibility_timeout_seconds=settings.longest_job_seconds + VISIBILITY_MARGIN_SECONDS,
            redrive_policy=dead.arn.apply(
                lambda arn: _compact(
                    {"deadLetterTargetArn": arn, "maxReceiveCount": settings.max_receives}
                )
            ),
        )
        policies = [self._close(f"{name}-dead-letters", dead), self._close(name, queue)]
        aws.sqs.RedriveAllowPolicy(
            f"{name}-dead-letters",
            queue_url=dead.url,
            redrive_allow_policy=queue.arn.apply(
                lambda arn: _compact({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
            ),
            opts=pulumi.ResourceOptions(parent=dead, protect=False),
        )
        self.arn, self.name = queue.arn, queue.name
        # A queue that refuses calls without TLS, also in its first second.
        self.url = pulumi.Output.all(queue.url, *(policy.id for policy in policies)).apply(
            lambda ids: str(ids[0])
        )
        self.dead_letter_url = dead.url
        self.dead_letter_arn = dead.arn
        self.dead_letter_name = dead.name
        self.register_outputs({"url": self.url, "dead_letter_name": self.dead_letter_name})

    def _create_queue(
        self,
        name: str,
        *,
        retention_days: int,
        visibility_timeout_seconds: int | None = None,
        redrive_policy: pulumi.Input[str] | None = None,
    ) -> aws.sqs.Queue:
        key = self._args.kms_key_arn
        return aws.sqs.Queue(
            name,
            message_retention_seconds=retention_days * DAY_SECONDS,
            visibility_timeout_seconds=visibility_timeout_seconds,
            receive_wait_time_seconds=WAIT_SECONDS,
            redrive_policy=redrive_policy,
            kms_master_key_id=key,
            # Only one of the two may be given [SQS API, CreateQueue].
            sqs_managed_sse_enabled=True if key is None else None,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
        )

    def _close(self, name: str, queue: aws.sqs.Queue) -> aws.sqs.QueuePolicy:
        return aws.sqs.QueuePolicy(
            name,
            queue_url=queue.url,
            policy=queue.arn.apply(lambda arn: json.dumps(queue_policy(arn))),
            opts=pulumi.ResourceOptions(parent=queue, protect=False),
        )


def _compact(document: dict[str, object]) -> str:
    """JSON as SQS gives it back: with blanks in it each preview would show a change."""
    return json.dumps(document, separators=(",", ":"))
