"""The application's own secret."""

import secrets
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

SECRET_KEY_BYTES = 48


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """What the secret takes."""

    kms_key_arn: pulumi.Input[str] | None
    recovery_window_days: int
    protect: bool


class Credentials(pulumi.ComponentResource):
    """The key that signs sessions, made once and kept in Secrets Manager.

    * secret and its first value; a later value set by others is left alone
    """

    secret_key_arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:credentials:Credentials", name, None, opts)
        secret = aws.secretsmanager.Secret(
            f"{name}-secret-key",
            description=f"{name}: signs the application's sessions",
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags={"Name": f"{name}-secret-key"},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        version = aws.secretsmanager.SecretVersion(
            f"{name}-secret-key",
            secret_id=secret.id,
            # Every run draws another value: the first one is kept, encrypted in the state.
            secret_string=pulumi.Output.secret(secrets.token_urlsafe(SECRET_KEY_BYTES)),
            opts=pulumi.ResourceOptions(
                parent=secret, ignore_changes=["secretString"], protect=False
            ),
        )
        # A task that starts before the value is there fails: whoever uses the ARN waits for it.
        self.secret_key_arn = pulumi.Output.all(secret.arn, version.id).apply(
            lambda ids: str(ids[0])
        )
        self.register_outputs({"secret_key_arn": self.secret_key_arn})
