"""Where requests come in."""

from collections.abc import Sequence

import pulumi

from infra import container
from infra.components.access_logs import AccessLogs, AccessLogsArgs
from infra.components.balancer import Balancer, BalancerArgs
from infra.components.certificate import Certificate, CertificateArgs
from infra.components.dns import Dns, DnsArgs
from infra.components.ledger import Ledger
from infra.components.maintenance import Maintenance, MaintenanceArgs
from infra.components.waf import Waf, WafArgs
from infra.layers.ground import Ground
from infra.settings import Settings


def create_maintenance(
    settings: Settings, ground: Ground, ledger: Ledger, opts: pulumi.ResourceOptions
) -> Maintenance:
    """What answers while operators hold the application back."""
    key_arn = ground.keys.data_key_arn
    return Maintenance(
        settings.prefix,
        MaintenanceArgs(
            region=settings.region,
            table_name=ledger.table_name,
            table_arn=ledger.table_arn,
            key_arns=[key_arn] if key_arn is not None else [],
            log_group_name=ground.logs.maintenance.name,
            log_group_arn=ground.logs.maintenance.arn,
        ),
        opts,
    )


def create_entry(
    settings: Settings, ground: Ground, maintenance: Maintenance, opts: pulumi.ResourceOptions
) -> Balancer:
    """Certificate, access logs, balancer, firewall for requests, and names."""
    name, domain, rules = settings.prefix, settings.domain, settings.balancer
    names = [each for each in (domain.name, *domain.further_names) if each]
    bucket = AccessLogs(
        name,
        AccessLogsArgs(
            account_id=settings.account_id,
            region=settings.region,
            keep_days=rules.access_log_days,
            force_destroy=not rules.deletion_protection,
        ),
        opts,
    )
    balancer = Balancer(
        name,
        BalancerArgs(
            vpc_id=ground.network.vpc_id,
            subnet_ids=ground.network.public_subnet_ids,
            group_id=ground.firewall.balancer_group_id,
            certificate_arn=_certify(settings, names, opts),
            access_log_bucket=bucket.bucket_name,
            app_port=container.PORT,
            settings=rules,
            after=[ground.network.internet_gateway],
            rule_targets=[maintenance.target_group],
        ),
        opts,
    )
    Waf(
        name,
        WafArgs(
            balancer_arn=balancer.arn,
            requests_per_five_minutes=settings.waf.requests_per_five_minutes,
            log_group_arn=ground.logs.waf.arn if ground.logs.waf else None,
        ),
        opts,
    )
    Dns(
        name,
        DnsArgs(
            names=names,
            zone_id=domain.zone_id,
            balancer_dns_name=balancer.dns_name,
            balancer_zone_id=balancer.zone_id,
        ),
        opts,
    )
    return balancer


def _certify(
    settings: Settings, names: Sequence[str], opts: pulumi.ResourceOptions
) -> pulumi.Output[str] | None:
    """A validated certificate for all names; none without a domain."""
    if not names:
        return None
    args = CertificateArgs(names=names, zone_id=settings.domain.zone_id)
    return Certificate(settings.prefix, args, opts).validated_arn
