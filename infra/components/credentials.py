"""The application's secrets."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pydantic import SecretStr

SECRET_KEY_BYTES = 48


@dataclass(frozen=True, kw_only=True)
class CredentialsArgs:
    """What the secrets take; `values` are the user's own, by the name of their variable."""

    kms_key_arn: pulumi.Input[str] | None
    values: Mapping[str, SecretStr]
    recovery_window_days: int
    protect: bool


class Credentials(pulumi.ComponentResource):
    """What the application must know and nobody else may read, in Secrets Manager.

    * the key that signs sessions, made once; a later value set by others is left alone
    * the user's own secrets, where there are any: one secret, a new version with each change
    """

    secret_key_arn: pulumi.Output[str]
    secret_arns: list[pulumi.Output[str]]
    # Variable -> what a task definition cites: the secret's key in exactly this version.
    references: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: CredentialsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:credentials:Credentials", name, None, opts)
        key = self._create_secret(f"{name}-secret-key", "signs the application's sessions", args)
        version = aws.secretsmanager.SecretVersion(
            f"{name}-secret-key",
            secret_id=key.id,
            # Every run draws another value: the first one is kept, encrypted in the state.
            secret_string=pulumi.Output.secret(secrets.token_urlsafe(SECRET_KEY_BYTES)),
            opts=pulumi.ResourceOptions(parent=key, ignore_changes=["secretString"], protect=False),
        )
        # A task that starts before the value is there fails: whoever uses the ARN waits for it.
        self.secret_key_arn = pulumi.Output.all(key.arn, version.id).apply(lambda ids: str(ids[0]))
        self.secret_arns, self.references = [self.secret_key_arn], {}
        if args.values:
            self._create_values(f"{name}-secrets", args)
        self.register_outputs({"secret_key_arn": self.secret_key_arn})

    def _create_secret(
        self, name: str, what: str, args: CredentialsArgs
    ) -> aws.secretsmanager.Secret:
        return aws.secretsmanager.Secret(
            name,
            description=f"{name}: {what}",
            kms_key_id=args.kms_key_arn,
            recovery_window_in_days=args.recovery_window_days,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )

    def _create_values(self, name: str, args: CredentialsArgs) -> None:
        secret = self._create_secret(name, "the application's own secrets", args)
        values = {key: value.get_secret_value() for key, value in sorted(args.values.items())}
        version = aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.secret(json.dumps(values)),
            # Tasks of earlier releases cite earlier versions: those are never taken away.
            opts=pulumi.ResourceOptions(parent=secret, retain_on_delete=True, protect=False),
        )
        self.secret_arns.append(secret.arn)
        # With the version in the reference a changed value is a new release, and what runs
        # keeps the old one until the new release serves.
        self.references = {
            key: pulumi.Output.concat(secret.arn, ":", key, "::", version.version_id)
            for key in values
        }
