"""What everything else stands on."""

from dataclasses import dataclass

import pulumi

from infra import container, policies, subnets
from infra.components.access_lists import AccessLists, AccessListsArgs
from infra.components.endpoints import Endpoints, EndpointsArgs
from infra.components.firewall import Firewall, FirewallArgs
from infra.components.flow_log import FlowLog, FlowLogArgs
from infra.components.keys import Keys, KeysArgs
from infra.components.logs import Logs, LogsArgs
from infra.components.network import Network, NetworkArgs
from infra.components.notifications import Notifications, NotificationsArgs
from infra.procfile import Procfile
from infra.settings import Settings


@dataclass(frozen=True)
class Ground:
    """What everything else stands on."""

    keys: Keys
    logs: Logs
    network: Network
    firewall: Firewall
    endpoints: Endpoints
    notifications: Notifications


def create_ground(settings: Settings, procfile: Procfile, opts: pulumi.ResourceOptions) -> Ground:
    """Keys, log groups, network, firewall and the topic for failures."""
    name, account = settings.prefix, settings.account_id
    keys = Keys(
        name,
        KeysArgs(
            enabled=settings.keys.customer_managed,
            deletion_window_days=settings.keys.deletion_window_days,
            protect=settings.safeguards.protect,
            data_policy=policies.data_key_policy(account, settings.region),
            vault_policy=policies.key_policy(account),
        ),
        opts,
    )
    logs = Logs(
        name,
        LogsArgs(
            retention_days=settings.logs.retention_days,
            keep_on_destroy=settings.logs.keep_on_destroy,
            kms_key_arn=keys.data_key_arn,
            cluster_name=name,
            database_identifier=name,
            database_exports=settings.database.log_exports,
            waf=settings.waf.enabled,
            processes=[process.name for process in procfile.processes],
        ),
        opts,
    )
    network = _create_network(settings, opts)
    firewall, endpoints = _create_firewall(settings, network, opts)
    FlowLog(
        name,
        FlowLogArgs(vpc_id=network.vpc_id, account_id=account, log_group_arn=logs.flow.arn),
        opts,
    )
    notifications = Notifications(
        name,
        NotificationsArgs(emails=settings.notifications.emails, kms_key_arn=keys.data_key_arn),
        opts,
    )
    return Ground(keys, logs, network, firewall, endpoints, notifications)


def _create_network(settings: Settings, opts: pulumi.ResourceOptions) -> Network:
    zones = settings.network.zones
    nat_zones = {"nat-gateway": zones[:1], "nat-gateway-per-zone": zones, "none": ()}
    network = Network(
        settings.prefix,
        NetworkArgs(
            cidr=settings.network.cidr,
            subnets=subnets.plan(settings.network.cidr, zones),
            nat_zones=nat_zones[settings.network.egress],
            protect=settings.safeguards.protect,
        ),
        opts,
    )
    AccessLists(
        settings.prefix,
        AccessListsArgs(
            vpc_id=network.vpc_id,
            vpc_cidr=settings.network.cidr,
            subnet_ids={
                "public": network.public_subnet_ids,
                "private": network.private_subnet_ids,
                "database": network.database_subnet_ids,
            },
        ),
        opts,
    )
    return network


def _create_firewall(
    settings: Settings, network: Network, opts: pulumi.ResourceOptions
) -> tuple[Firewall, Endpoints]:
    firewall = Firewall(
        settings.prefix,
        FirewallArgs(
            vpc_id=network.vpc_id,
            app_port=container.PORT,
            database_port=settings.database.port,
            https=bool(settings.domain.name),
            endpoints=settings.network.egress == "none",
        ),
        opts,
    )
    endpoints = Endpoints(
        settings.prefix,
        EndpointsArgs(
            vpc_id=network.vpc_id,
            region=settings.region,
            route_table_ids=network.route_table_ids,
            subnet_ids=network.private_subnet_ids,
            group_id=firewall.endpoints_group_id,
            task_group_ids={"": firewall.service_group_id, "jobs-": firewall.jobs_group_id},
            further_services=_further_services(settings),
        ),
        opts,
    )
    return firewall, endpoints


def _further_services(settings: Settings) -> tuple[str, ...]:
    """What the application itself calls, beside what every task needs."""
    return ("sqs",) if settings.queues and settings.broker.kind == "sqs" else ()
