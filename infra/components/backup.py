"""AWS Backup: vault, plan, selection, and word of what failed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import topic_policy, trust
from infra.sections import Backup as BackupSettings
from infra.tags import BACKUP_TAG

# The continuous rule's own schedule only says when its point is checked.
CONTINUOUS_CRON = "cron(30 1 * * ? *)"
START_WINDOW_MINUTES = 60
COMPLETION_WINDOW_MINUTES = 240
SERVICE_POLICIES = ("AWSBackupServiceRolePolicyForBackup",)


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """What backups take; resources that carry the tag with this value are selected."""

    settings: BackupSettings
    tag_value: str
    vault_key_arn: pulumi.Input[str] | None
    topic_arn: pulumi.Input[str]
    protect: bool


class Backup(pulumi.ComponentResource):
    """Recovery points of what carries the stack's backup tag.

    * vault with its own key; locked in governance mode by setting
    * plan: continuous recovery and snapshot rules; selection by tag; role
    * rule that tells the topic of jobs that failed, expired or were aborted
    """

    vault_name: pulumi.Output[str]
    plan_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: BackupArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:backup:Backup", name, None, opts)
        self._name = name
        vault = self._create_vault(args)
        plan = aws.backup.Plan(
            f"{name}-backup",
            rules=plan_rules(args.settings, vault.name),
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        role, policies = self._create_role()
        aws.backup.Selection(
            f"{name}-backup",
            plan_id=plan.id,
            iam_role_arn=role.arn,
            selection_tags=[{"type": "STRINGEQUALS", "key": BACKUP_TAG, "value": args.tag_value}],
            opts=pulumi.ResourceOptions(parent=plan, depends_on=policies),
        )
        self._tell_failures(vault, args.topic_arn)
        self.vault_name, self.plan_id = vault.name, plan.id
        self.register_outputs({"vault_name": self.vault_name})

    def _create_vault(self, args: BackupArgs) -> aws.backup.Vault:
        vault = aws.backup.Vault(
            f"{self._name}-vault",
            name=f"{self._name}-vault",  # restores and people name it
            kms_key_arn=args.vault_key_arn,
            force_destroy=args.settings.vault_force_destroy,
            tags={"Name": f"{self._name}-vault"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        if args.settings.vault_lock:
            # Without changeable_for_days: governance mode, which somebody with the right to may
            # take off again.
            aws.backup.VaultLockConfiguration(
                f"{self._name}-vault",
                backup_vault_name=vault.name,
                min_retention_days=min(_retentions(args.settings)),
                max_retention_days=max(_retentions(args.settings)),
                # The vault is protected, its lock may be taken off by setting.
                opts=pulumi.ResourceOptions(parent=vault, protect=False),
            )
        return vault

    def _create_role(self) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
        # No source condition: AWS does not document that Backup sends one.
        role = aws.iam.Role(
            f"{self._name}-backup",
            assume_role_policy=json.dumps(trust("backup")),
            tags={"Name": f"{self._name}-backup"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        policies: list[pulumi.Resource] = [
            aws.iam.RolePolicyAttachment(
                f"{self._name}-backup",
                role=role.name,
                policy_arn=f"arn:aws:iam::aws:policy/service-role/{policy}",
                opts=pulumi.ResourceOptions(parent=role),
            )
            for policy in SERVICE_POLICIES
        ]
        return role, policies

    def _tell_failures(self, vault: aws.backup.Vault, topic_arn: pulumi.Input[str]) -> None:
        rule = aws.cloudwatch.EventRule(
            f"{self._name}-backup-failed",
            description=f"{self._name}: a backup job did not complete",
            event_pattern=vault.arn.apply(lambda arn: json.dumps(failed_jobs(arn))),
            tags={"Name": f"{self._name}-backup-failed"},
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.sns.TopicPolicy(
            f"{self._name}-failures",
            arn=topic_arn,
            policy=pulumi.Output.all(topic_arn, rule.arn).apply(
                lambda arns: json.dumps(topic_policy(arns[0], arns[1]))
            ),
            opts=pulumi.ResourceOptions(parent=rule),
        )
        aws.cloudwatch.EventTarget(
            f"{self._name}-backup-failed",
            rule=rule.name,
            arn=topic_arn,
            opts=pulumi.ResourceOptions(parent=rule),
        )


def _retentions(settings: BackupSettings) -> list[int]:
    days = [rule.keep_days for rule in settings.rules]
    return [*days, settings.continuous_days] if settings.continuous_days else days


def plan_rules(
    settings: BackupSettings, vault_name: pulumi.Input[str]
) -> Sequence[aws.backup.PlanRuleArgsDict]:
    """The plan's rules: one continuous if asked for, then one per snapshot rule."""
    rules = [
        _rule(rule.name, rule.cron, rule.keep_days, vault_name, continuous=False)
        for rule in settings.rules
    ]
    if not settings.continuous_days:
        return rules
    return [
        _rule("continuous", CONTINUOUS_CRON, settings.continuous_days, vault_name, continuous=True),
        *rules,
    ]


def _rule(
    name: str, cron: str, keep_days: int, vault_name: pulumi.Input[str], *, continuous: bool
) -> aws.backup.PlanRuleArgsDict:
    return {
        "rule_name": name,
        "target_vault_name": vault_name,
        "schedule": cron,
        "start_window": START_WINDOW_MINUTES,
        "completion_window": COMPLETION_WINDOW_MINUTES,
        "enable_continuous_backup": continuous,
        "lifecycle": {"delete_after": keep_days},
    }


def failed_jobs(vault_arn: str) -> dict[str, object]:
    """The EventBridge pattern of jobs into this vault that did not complete."""
    return {
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change"],
        "detail": {"state": ["FAILED", "ABORTED", "EXPIRED"], "backupVaultArn": [vault_arn]},
    }
