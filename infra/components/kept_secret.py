"""A secret of the stack's own making, such as a password that was drawn."""

import secrets
import string
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# No other characters: ElastiCache and Amazon MQ refuse some, and addresses need none escaped.
ALPHABET = string.ascii_letters + string.digits
DRAWN_LENGTH = 48


def draw() -> pulumi.Output[str]:
    """A new password each time, secret from here on."""
    return pulumi.Output.secret("".join(secrets.choice(ALPHABET) for _ in range(DRAWN_LENGTH)))


@dataclass(frozen=True, kw_only=True)
class KeptSecretArgs:
    """What the secret takes; with `keep_first` its first value stays, whatever comes later."""

    value: pulumi.Output[str]
    keep_first: bool
    kms_key_arn: pulumi.Input[str] | None
    recovery_window_days: int


class KeptSecret(pulumi.ComponentResource):
    """One text in Secrets Manager.

    * secret and its value
    """

    arn: pulumi.Output[str]
    # What was kept, which is not what was given where the first value stays.
    value: pulumi.Output[str]
    # What a task definition cites: exactly this version, so that another value is a new release.
    reference: pulumi.Output[str]

    def __init__(
        self, name: str, args: KeptSecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:kept_secret:KeptSecret", name, None, opts)
        secret = aws.secretsmanager.Secret(
            name,
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self),
        )
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=args.value,
            opts=pulumi.ResourceOptions(
                parent=secret,
                ignore_changes=["secretString"] if args.keep_first else [],
                # Tasks of earlier releases cite earlier versions: those are never taken away.
                retain_on_delete=True,
            ),
        )
        self.arn = secret.arn
        self.value = pulumi.Output.secret(version.secret_string.apply(lambda text: text or ""))
        self.reference = pulumi.Output.concat(secret.arn, ":::", version.version_id)
        self.register_outputs({"arn": self.arn})
