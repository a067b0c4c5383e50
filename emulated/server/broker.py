"""Brokers of Amazon MQ, as records: the settings that ministack forgets, addresses of their own."""

from __future__ import annotations

import copy
from typing import Any

from ministack.core.responses import get_region
from ministack.services import mq

from emulated.server.patching import Function, replace_each
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
# As Amazon MQ writes them; ministack has capitals.
ENGINES = {"RABBITMQ": "RabbitMQ", "ACTIVEMQ": "ActiveMQ"}
KEPT_SETTINGS = (
    "authenticationStrategy",
    "encryptionOptions",
    "logs",
    "maintenanceWindowStartTime",
    "securityGroups",
    "storageType",
    "subnetIds",
)
# What Amazon MQ chooses where nothing is said.
CHOSEN = {
    "authenticationStrategy": "SIMPLE",
    "encryptionOptions": {"useAwsOwnedKey": True},
    "maintenanceWindowStartTime": {"dayOfWeek": "SUNDAY", "timeOfDay": "04:00", "timeZone": "UTC"},
    "storageType": "EBS",
}
AMQP_PORT = 5671


def install(_settings: ServerSettings) -> None:
    """Complete what is kept and shown. The users of RabbitMQ are never shown, as on AWS."""
    replace_each(mq, {"_create_broker": _keeping, "_describe_broker": _as_named})


def _keeping(original: Function) -> Function:
    def create(data: Record) -> Any:
        result = original(data)
        broker = mq._brokers.get(mq._name_index.get(data.get("brokerName")))
        if result[0] != 200 or broker is None:
            return result
        given = {name: data[name] for name in KEPT_SETTINGS if data.get(name) is not None}
        broker.update(copy.deepcopy({**CHOSEN, **given}))
        # One address, of a cluster too.
        host = f"b-{broker['brokerId']}.mq.{get_region()}.on.aws"
        endpoints = [f"amqps://{host}:{AMQP_PORT}"]
        broker["brokerInstances"] = [{"consoleURL": f"https://{host}", "endpoints": endpoints}]
        return result

    return create


def _as_named(original: Function) -> Function:
    def describe(broker_id: str) -> Any:
        broker = mq._brokers.get(broker_id)
        if broker is None:
            return original(broker_id)
        shown = {name: value for name, value in broker.items() if not name.startswith("_")}
        engine = ENGINES.get(broker["engineType"], broker["engineType"])
        tags = dict(mq._tags.get(broker["brokerArn"], {}))
        return mq._ok({**shown, "engineType": engine, "tags": tags})

    return describe
