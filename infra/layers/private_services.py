"""Services in the VPC that ask for a password: the broker and the cache."""

from dataclasses import dataclass

import pulumi

from infra.components import broker as rabbitmq
from infra.components import cache as valkey
from infra.components.broker import Broker, BrokerArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.kept_secret import KeptSecret, KeptSecretArgs, draw
from infra.components.private_port import PrivatePort, PrivatePortArgs
from infra.layers.ground import Ground
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class PrivateService:
    """What is needed of one: its address, which holds the password, is kept as a secret.

    Operators know it by its `handle`; a task definition cites the `reference`.
    """

    handle: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    reference: pulumi.Output[str]


def create_broker(
    settings: Settings, ground: Ground, opts: pulumi.ResourceOptions
) -> PrivateService:
    """RabbitMQ, with a port of its own and a password that is drawn once."""
    port = _open_port(settings, ground, "broker", rabbitmq.PORT, opts)
    password = _keep(settings, ground, "broker-password", draw(), opts, keep_first=True)
    broker = Broker(
        settings.prefix,
        BrokerArgs(
            settings=settings.broker,
            subnet_ids=ground.network.database_subnet_ids,
            group_id=port.group_id,
            password=password.value,
            apply_immediately=settings.database.apply_immediately,
            protect=settings.safeguards.protect,
        ),
        opts,
    )
    address = _keep(settings, ground, "broker-url", broker.url, opts)
    return _behind(port, address, broker.broker_id)


def create_cache(
    settings: Settings, ground: Ground, opts: pulumi.ResourceOptions
) -> PrivateService:
    """Valkey, with a port of its own and a token that is drawn once."""
    port = _open_port(settings, ground, "cache", valkey.PORT, opts)
    token = _keep(settings, ground, "cache-token", draw(), opts, keep_first=True)
    cache = Cache(
        settings.prefix,
        CacheArgs(
            settings=settings.cache,
            subnet_ids=ground.network.database_subnet_ids,
            group_id=port.group_id,
            token=token.value,
            kms_key_arn=ground.keys.data_key_arn,
            apply_immediately=settings.database.apply_immediately,
        ),
        opts,
    )
    address = _keep(settings, ground, "cache-url", cache.url, opts)
    return _behind(port, address, cache.endpoint)


def _behind(port: PrivatePort, address: KeptSecret, handle: pulumi.Output[str]) -> PrivateService:
    """The service; whoever cites its address waits until the way there is open."""
    known = pulumi.Output.all(address.reference, *(rule.id for rule in port.rules))
    reference = known.apply(lambda values: str(values[0]))
    return PrivateService(handle=handle, secret_arn=address.arn, reference=reference)


def _open_port(
    settings: Settings, ground: Ground, role: str, port: int, opts: pulumi.ResourceOptions
) -> PrivatePort:
    tasks = {"service": ground.firewall.service_group_id, "jobs": ground.firewall.jobs_group_id}
    return PrivatePort(
        f"{settings.prefix}-{role}",
        PrivatePortArgs(role=role, port=port, vpc_id=ground.network.vpc_id, task_group_ids=tasks),
        opts,
    )


def _keep(
    settings: Settings,
    ground: Ground,
    role: str,
    value: pulumi.Output[str],
    opts: pulumi.ResourceOptions,
    *,
    keep_first: bool = False,
) -> KeptSecret:
    return KeptSecret(
        f"{settings.prefix}-{role}",
        KeptSecretArgs(
            value=value,
            keep_first=keep_first,
            kms_key_arn=ground.keys.data_key_arn,
            recovery_window_days=settings.credentials.recovery_window_days,
        ),
        opts,
    )
