"""RDS Postgres."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.policies import trust
from infra.sections import Database as DatabaseSettings

# RDS API, CreateDBInstance; valid until 2061.
CERTIFICATE_AUTHORITY = "rds-ca-rsa2048-g1"
# The part of Performance Insights that costs nothing.
INSIGHTS_DAYS = 7


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What the database takes; `backup_owner` says that AWS Backup sets window and retention."""

    settings: DatabaseSettings
    identifier: str
    account_id: str
    subnet_ids: Sequence[pulumi.Input[str]]
    group_id: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None
    backup_owner: bool
    protect: bool
    tags: Mapping[str, str]
    after: Sequence[pulumi.Resource]


class Database(pulumi.ComponentResource):
    """A private, encrypted Postgres.

    * subnet group, parameter group that forces TLS, role for enhanced monitoring
    * instance whose owner's password RDS makes, keeps in Secrets Manager and rotates
    """

    endpoint: pulumi.Output[str]
    secret_arn: pulumi.Output[str]
    resource_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:database:Database", name, None, opts)
        self._name = name
        subnets = aws.rds.SubnetGroup(
            f"{name}-database",
            subnet_ids=args.subnet_ids,
            description=f"{name}: database subnets",
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        parameters = self._create_parameters(args.settings)
        instance = self._create_instance(args, subnets, parameters)
        self.endpoint, self.resource_id = instance.address, instance.resource_id
        self.secret_arn = instance.master_user_secrets.apply(lambda found: str(found[0].secret_arn))
        self.register_outputs({"endpoint": self.endpoint})

    def _create_parameters(self, settings: DatabaseSettings) -> aws.rds.ParameterGroup:
        return aws.rds.ParameterGroup(
            f"{self._name}-database",
            family=f"postgres{settings.engine_version}",
            description=f"{self._name}: TLS forced, slow statements logged",
            parameters=[
                {"name": "log_min_duration_statement", "value": str(settings.slow_statement_ms)},
                {"name": "log_statement", "value": "ddl"},
                {"name": "rds.force_ssl", "value": "1"},
            ],
            tags={"Name": self._name},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _create_monitoring_role(self, account_id: str) -> aws.iam.RolePolicyAttachment:
        role = aws.iam.Role(
            f"{self._name}-monitoring",
            assume_role_policy=pulumi.Output.json_dumps(trust("monitoring.rds", account_id)),
            tags={"Name": f"{self._name}-monitoring"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        return aws.iam.RolePolicyAttachment(
            f"{self._name}-monitoring",
            role=role.name,
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
            opts=pulumi.ResourceOptions(parent=role),
        )

    def _create_instance(
        self,
        args: DatabaseArgs,
        subnets: aws.rds.SubnetGroup,
        parameters: aws.rds.ParameterGroup,
    ) -> aws.rds.Instance:
        settings = args.settings
        return aws.rds.Instance(
            f"{self._name}-database",
            identifier=args.identifier,  # its log groups carry it and are made first
            engine="postgres",
            engine_version=settings.engine_version,
            auto_minor_version_upgrade=True,
            # Whoever writes another major into the settings has decided; RDS asks twice.
            allow_major_version_upgrade=True,
            instance_class=settings.instance_class,
            storage_type="gp3",
            allocated_storage=settings.storage_gib,
            max_allocated_storage=settings.max_storage_gib,
            storage_encrypted=True,
            kms_key_id=args.kms_key_arn,
            multi_az=settings.multi_az,
            db_name=settings.name,
            username=settings.owner_name,
            port=settings.port,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=args.kms_key_arn,
            iam_database_authentication_enabled=True,
            ca_cert_identifier=CERTIFICATE_AUTHORITY,
            db_subnet_group_name=subnets.name,
            vpc_security_group_ids=[args.group_id],
            publicly_accessible=False,
            parameter_group_name=parameters.name,
            maintenance_window=settings.maintenance_window,
            apply_immediately=settings.apply_immediately,
            **_kept(args, subnets.name),
            **self._watched(args),
            tags={"Name": args.identifier, **args.tags},
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=list(args.after),
                ignore_changes=["backupWindow"] if args.backup_owner else [],
            ),
        )

    def _watched(self, args: DatabaseArgs) -> dict[str, Any]:
        """Arguments that show how the instance does: monitoring, insights, logs."""
        settings = args.settings
        watched: dict[str, Any] = {
            "monitoring_interval": settings.monitoring_interval_seconds,
            "performance_insights_enabled": settings.performance_insights,
            "enabled_cloudwatch_logs_exports": list(settings.log_exports),
        }
        if settings.monitoring_interval_seconds:
            attachment = self._create_monitoring_role(args.account_id)
            roles = f"arn:aws:iam::{args.account_id}:role/"
            # RDS refuses a role that lacks its policy: wait for the attachment.
            watched["monitoring_role_arn"] = pulumi.Output.concat(roles, attachment.role)
        if settings.performance_insights:
            watched["performance_insights_kms_key_id"] = args.kms_key_arn
            watched["performance_insights_retention_period"] = INSIGHTS_DAYS
        return watched


def _replaced_with(settings: DatabaseSettings) -> str:
    """Six hex digits that change with the settings whose change makes RDS another instance."""
    return hashlib.sha256(f"{settings.name} {settings.owner_name}".encode()).hexdigest()[:6]


def _kept(args: DatabaseArgs, subnet_group_name: pulumi.Output[str]) -> dict[str, Any]:
    """Arguments that keep data: RDS's own backups, and what happens on deletion."""
    settings = args.settings
    kept: dict[str, Any] = {
        "backup_retention_period": settings.backup_retention_days,
        "copy_tags_to_snapshot": True,
        "delete_automated_backups": not settings.keep_automated_backups,
        "deletion_protection": settings.deletion_protection,
        "skip_final_snapshot": not settings.final_snapshot,
    }
    if not args.backup_owner:
        kept["backup_window"] = settings.backup_window
    if settings.final_snapshot:
        # New with each stack, as AWS keeps the snapshot of the one before: the subnet group's
        # name ends in Pulumi's random suffix. New with each replacement too.
        kept["final_snapshot_identifier"] = pulumi.Output.concat(
            subnet_group_name, "-", _replaced_with(settings), "-final"
        )
    return kept
