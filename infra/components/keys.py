"""Customer-managed encryption keys."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.policies import Document


@dataclass(frozen=True, kw_only=True)
class KeysArgs:
    """What the keys take; `enabled=False` leaves encryption to AWS's own keys."""

    enabled: bool
    deletion_window_days: int
    protect: bool
    data_policy: Document
    vault_policy: Document


class Keys(pulumi.ComponentResource):
    """KMS keys with yearly rotation and an alias each.

    * data: database, secrets, logs, images, topic
    * vault: recovery points, apart, so that a lost data key does not take the backups along
    """

    data_key_arn: pulumi.Output[str] | None
    vault_key_arn: pulumi.Output[str] | None

    def __init__(
        self, name: str, args: KeysArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:keys:Keys", name, None, opts)
        self.data_key_arn = self.vault_key_arn = None
        if args.enabled:
            self.data_key_arn = self._create_key(name, "data", args.data_policy, args)
            self.vault_key_arn = self._create_key(name, "vault", args.vault_policy, args)
        self.register_outputs(
            {"data_key_arn": self.data_key_arn, "vault_key_arn": self.vault_key_arn}
        )

    def _create_key(
        self, name: str, role: str, policy: Document, args: KeysArgs
    ) -> pulumi.Output[str]:
        key = aws.kms.Key(
            f"{name}-{role}",
            description=f"{name}: {role}",
            enable_key_rotation=True,
            deletion_window_in_days=args.deletion_window_days,
            policy=pulumi.Output.json_dumps(policy),
            tags={"Name": f"{name}-{role}"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        aws.kms.Alias(
            f"{name}-{role}",
            name=f"alias/{name}-{role}",  # operators look keys up by it
            target_key_id=key.key_id,
            opts=pulumi.ResourceOptions(parent=key),
        )
        return key.arn
