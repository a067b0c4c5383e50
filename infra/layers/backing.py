"""What the application works with besides its database, each only where a setting asks for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import formataddr
from typing import Any

import pulumi

from infra import backing_policies as policies
from infra.backing_rules import RABBITMQ
from infra.components.mail import Mail, MailArgs
from infra.components.queue import Queue, QueueArgs
from infra.components.storage import Storage, StorageArgs
from infra.layers.ground import Ground
from infra.layers.private_services import create_broker, create_cache
from infra.policies import Statement
from infra.settings import Settings

# The application's part of its bucket.
MEDIA_PREFIX = "media/"


@dataclass(frozen=True, kw_only=True)
class Backing:
    """What processes are told of it, and what they may do with it.

    `environment` and `secrets` (variable -> what a task definition cites) are the same for every
    process; `queues` are those on SQS, by the process that empties them.
    """

    environment: Mapping[str, pulumi.Input[str]]
    secrets: Mapping[str, pulumi.Input[str]]
    secret_arns: Sequence[pulumi.Input[str]]
    queues: Mapping[str, Queue]
    outputs: Mapping[str, Any]
    shared_statements: pulumi.Output[list[Statement]]

    def statements(self, process: str) -> pulumi.Output[list[Statement]]:
        """Rights of a process's tasks: everybody sends jobs, one process takes them."""
        queue = self.queues.get(process)
        if queue is None:
            return self.shared_statements
        return pulumi.Output.all(self.shared_statements, queue.arn).apply(
            lambda known: [*known[0], policies.queue_consumer(known[1])]
        )


def create_backing(settings: Settings, ground: Ground, opts: pulumi.ResourceOptions) -> Backing:
    """Queues or a broker, storage, cache and mail."""
    on_rabbitmq = settings.broker.kind == RABBITMQ
    queues = {} if on_rabbitmq else _create_queues(settings, ground, opts)
    broker = create_broker(settings, ground, opts) if on_rabbitmq and settings.queues else None
    cache = create_cache(settings, ground, opts) if settings.cache.enabled else None
    storage = _create_storage(settings, ground, opts) if settings.storage.enabled else None
    mail = _create_mail(settings, opts) if settings.mail.enabled else None
    private = {
        name: service for name, service in (("BROKER_URL", broker), ("CACHE_URL", cache)) if service
    }
    return Backing(
        environment=_environment(settings, queues, storage),
        secrets={name: service.reference for name, service in private.items()},
        secret_arns=[service.secret_arn for service in private.values()],
        queues=queues,
        outputs={
            **_queue_outputs(queues),
            "bucket_name": storage.bucket_name if storage else "",
            "broker_id": broker.handle if broker else "",
            "cache_endpoint": cache.handle if cache else "",
            "mail_domain": _sender_domain(settings) if mail else "",
        },
        shared_statements=_shared_statements(settings, ground, queues, storage, mail),
    )


def _create_queues(
    settings: Settings, ground: Ground, opts: pulumi.ResourceOptions
) -> dict[str, Queue]:
    return {
        process: Queue(
            f"{settings.prefix}-{process}",
            QueueArgs(
                settings=queue,
                kms_key_arn=ground.keys.data_key_arn,
                protect=settings.safeguards.protect,
            ),
            opts,
        )
        for process, queue in settings.queues.items()
    }


def _create_storage(settings: Settings, ground: Ground, opts: pulumi.ResourceOptions) -> Storage:
    return Storage(
        settings.prefix,
        StorageArgs(
            settings=settings.storage,
            account_id=settings.account_id,
            access_log_days=settings.balancer.access_log_days,
            kms_key_arn=ground.keys.data_key_arn,
            protect=settings.safeguards.protect,
        ),
        opts,
    )


def _create_mail(settings: Settings, opts: pulumi.ResourceOptions) -> Mail:
    args = MailArgs(domain=_sender_domain(settings), zone_id=settings.domain.zone_id)
    return Mail(settings.prefix, args, opts)


def _sender_domain(settings: Settings) -> str:
    return settings.mail.from_address.rpartition("@")[2]


def _environment(
    settings: Settings, queues: Mapping[str, Queue], storage: Storage | None
) -> dict[str, pulumi.Input[str]]:
    """Plain variables; docs/your-application.md explains each."""
    found: dict[str, pulumi.Input[str]] = {}
    for process, queue in settings.queues.items():
        limit = str(queue.longest_job_seconds)
        found[f"JOB_LIMIT_SECONDS_{_suffix(process)}"] = limit
    if queues:
        found["BROKER_URL"] = "sqs://"
    for process, made in queues.items():
        found[f"QUEUE_URL_{_suffix(process)}"] = made.url
    if storage:
        found["DEFAULT_STORAGE_DSN"] = pulumi.Output.concat(
            "s3://", storage.bucket_name, f"/{MEDIA_PREFIX}?region={settings.region}"
        )
    if settings.mail.enabled:
        sender = (settings.mail.from_name, settings.mail.from_address)
        found |= {"MAIL_URL": f"ses://{settings.region}", "MAIL_FROM": formataddr(sender)}
    return found


def _suffix(process: str) -> str:
    """The end of a process's variables: `NIGHT_WORKER` of `night-worker`."""
    return process.upper().replace("-", "_")


def _queue_outputs(queues: Mapping[str, Queue]) -> dict[str, Any]:
    """By process; the names are those of the metrics that an alarm is about."""
    return {
        "queue_urls": {process: queue.url for process, queue in queues.items()},
        "queue_names": {process: queue.name for process, queue in queues.items()},
        "dead_letter_urls": {name: queue.dead_letter_url for name, queue in queues.items()},
        "dead_letter_names": {name: queue.dead_letter_name for name, queue in queues.items()},
    }


def _shared_statements(
    settings: Settings,
    ground: Ground,
    queues: Mapping[str, Queue],
    storage: Storage | None,
    mail: Mail | None,
) -> pulumi.Output[list[Statement]]:
    """What every process may do; nothing of what is off."""
    parts: list[pulumi.Output[list[Statement]]] = []
    if queues:
        arns = pulumi.Output.all(*(queue.arn for queue in queues.values()))
        parts.append(arns.apply(lambda known: [policies.queue_sender(known)]))
    if storage:
        parts.append(storage.bucket_arn.apply(lambda a: policies.storage_user(a, MEDIA_PREFIX)))
    if mail:
        parts.append(mail.identity_arn.apply(lambda arn: [policies.mail_sender(arn)]))
    through = [name for name, used in (("sqs", queues), ("s3", storage)) if used]
    key_arn = ground.keys.data_key_arn
    if key_arn is not None and through:
        region = settings.region
        parts.append(key_arn.apply(lambda arn: [policies.key_user(arn, through, region)]))
    return pulumi.Output.all(*parts).apply(lambda found: [each for part in found for each in part])
