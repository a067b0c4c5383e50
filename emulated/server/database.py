"""RDS instances: settings that ministack forgets, fixed addresses, volumes that go with them."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import docker
from ministack.core.responses import get_region
from ministack.services import rds

from emulated.server.addresses import free_address, hardware_address
from emulated.server.patching import Function, replace, replace_each
from emulated.server.query_protocol import element, listed
from emulated.server.settings import ServerSettings

log = logging.getLogger(__name__)
Record = dict[str, Any]
Parameters = dict[str, Any]

INSIGHTS = ("PerformanceInsightsKMSKeyId", "DatabaseInsightsMode")
# Addresses given out to databases that have no record yet.
REMEMBERED_ADDRESSES = 20
SHIPPING_SECONDS = 300
RESTORABLE = re.compile(r"<LatestRestorableTime>[^<]*</LatestRestorableTime>")
VOLUME_ATTEMPTS = 50
VOLUME_PAUSE_SECONDS = 0.2

_LOCK = threading.Lock()
_GIVEN: list[str] = []
# Names of instances that stay `creating` until their data is restored.
HELD: set[str] = set()
# Hooks of other modules: what to show beside the settings here.
SHOWN: list[Callable[[Record], str]] = []


def install(settings: ServerSettings) -> None:
    """Wrap creation, modification, deletion and description of an instance."""

    def remembering(original: Function) -> Function:
        return remembering_creation(original, containers=settings.containers)

    replace_each(
        rds,
        {
            "_create_db_instance": remembering,
            "_modify_db_instance": _remembering_change,
            "_delete_db_instance": _with_its_volume,
            "_instance_xml": _complete,
            "_apply_instance_filters": _by_resource_id_too,
        },
    )
    if settings.containers:
        replace(rds, "_run_rds_container", _at_a_fixed_address)


def _by_resource_id_too(original: Function) -> Function:
    """The filter by which a provider waits for an instance's end; ministack knows the others."""

    def apply(instances: list[Record], filters: dict[str, list[str]]) -> Any:
        wanted = filters.get("dbi-resource-id")
        found = original(instances, filters)
        return [each for each in found if wanted is None or each["DbiResourceId"] in wanted]

    return apply


def named(parameters: Parameters) -> Record | None:
    """The instance that a request names."""
    found: Record | None = rds._instances.get(rds._p(parameters, "DBInstanceIdentifier"))
    return found


def at_address(address: str) -> tuple[str, str, Record] | None:
    """Account, region and instance of the database server with this address."""
    for (account, region, _), instance in rds._instances.all_items():
        if instance.get("_internal_address") == address:
            return account, region, instance
    return None


def remember_settings(parameters: Parameters, instance: Record) -> None:
    """Keep the log exports and Performance Insights settings of a request."""
    prefix = "CloudwatchLogsExportConfiguration."
    added = listed(parameters, prefix + "EnableLogTypes")
    dropped = listed(parameters, prefix + "DisableLogTypes")
    created = listed(parameters, "EnableCloudwatchLogsExports")
    before = [e for e in instance.get("EnabledCloudwatchLogsExports") or [] if e not in dropped]
    instance["EnabledCloudwatchLogsExports"] = list(dict.fromkeys(before + added + created))
    for name in INSIGHTS:
        if value := rds._p(parameters, name):
            instance[name] = value


def remembering_creation(original: Function, *, containers: bool) -> Function:
    """The function that makes an instance, with its settings kept and no server pretended."""

    def create(parameters: Parameters) -> Any:
        existed = named(parameters) is not None
        result = original(parameters)
        instance = named(parameters)
        if not existed and instance and result[0] == 200:
            remember_settings(parameters, instance)
            if not instance.get("_docker_container_id"):
                _without_server(instance, containers=containers)
        return result

    return create


def _without_server(instance: Record, *, containers: bool) -> None:
    """ministack calls an instance available whose server did not start, and puts it here."""
    if instance.get("DBInstanceStatus") != "available":
        return
    if containers:
        instance["DBInstanceStatus"] = "failed"
    else:
        name = instance["DBInstanceIdentifier"]
        host = f"{name}.recorded.{get_region()}.rds.amazonaws.com"
        instance["Endpoint"]["Address"] = host


def _remembering_change(original: Function) -> Function:
    def modify(parameters: Parameters) -> Any:
        result = original(parameters)
        instance = named(parameters)
        if instance and result[0] == 200:
            remember_settings(parameters, instance)
        return result

    return modify


def _with_its_volume(original: Function) -> Function:
    """A deleted database takes its data along; a new one of the same name starts empty."""

    def delete(parameters: Parameters) -> Any:
        gone = named(parameters)
        result = original(parameters)
        if result[0] == 200 and gone and gone.get("_docker_volume_name"):
            _remove_volume(gone["_docker_volume_name"])
        return result

    return delete


def _remove_volume(name: str) -> None:
    for _ in range(VOLUME_ATTEMPTS):
        try:
            rds._get_docker().volumes.get(name).remove(force=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as problem:
            # Still in use by the container that is going away.
            log.debug("volume %s: %s", name, problem)
            time.sleep(VOLUME_PAUSE_SECONDS)
        else:
            return
    log.warning("RDS: volume %s could not be removed", name)


def _complete(original: Function) -> Function:
    def xml(instance: Record) -> str:
        if instance["DBInstanceIdentifier"] in HELD and instance["DBInstanceStatus"] == "available":
            instance = {**instance, "DBInstanceStatus": "creating"}
        exports = instance.get("EnabledCloudwatchLogsExports") or []
        members = "".join(element("member", export) for export in exports)
        tag = "EnabledCloudwatchLogsExports"
        text: str = original(instance).replace(f"<{tag}/>", f"<{tag}>{members}</{tag}>")
        text = RESTORABLE.sub(restorable_until(instance, time.time()), text)
        insights = "".join(element(n, instance[n]) for n in INSIGHTS if instance.get(n))
        return text + insights + "".join(show(instance) for show in SHOWN)

    return xml


def restorable_until(instance: Record, now: float) -> str:
    """The element that says up to when an instance can be restored; nothing without backups.

    RDS ships the transaction log every five minutes.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
    """
    created = instance.get("InstanceCreateTime", "")
    if not instance.get("BackupRetentionPeriod") or instance["DBInstanceStatus"] == "creating":
        return ""
    shipped = datetime.fromtimestamp(now - now % SHIPPING_SECONDS, UTC)
    return element("LatestRestorableTime", max(f"{shipped:%Y-%m-%dT%H:%M:%S.000Z}", created))


def _at_a_fixed_address(original: Function) -> Function:
    """Run a database at an address of its own, so that its endpoint survives a reboot."""

    def run(
        client: Any, engine: str, options: Record, tls_names: Any = (), tls_ips: Any = ()
    ) -> Any:
        network = options.get("network")
        if not network:
            return original(client, engine, options, tls_names, tls_ips)
        subnet = client.networks.get(network).attrs["IPAM"]["Config"][0]["Subnet"]
        with _LOCK:
            used = {i.get("_internal_address") for _, i in rds._instances.all_items()}
            address = free_address(subnet, used | set(_GIVEN))
            _GIVEN[:] = [*_GIVEN, address][-REMEMBERED_ADDRESSES:]
        endpoint = client.api.create_endpoint_config(ipv4_address=address)
        endpoint["MacAddress"] = hardware_address(address)
        fixed = {**options, "networking_config": {network: endpoint}}
        # No port of this machine: the server cannot see from here which ones are free.
        fixed.pop("ports", None)
        return original(client, engine, fixed, tls_names, (*tls_ips, address))

    return run
