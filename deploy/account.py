"""Whether the AWS credentials at hand are valid, and of the account that the stack names."""

from collections.abc import Callable, Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from deploy.problems import Missing

# Gives the account's number for a region, by the credentials of this process.
Identify = Callable[[str], str]

LOG_IN = "Log in again (aws sso login, or new keys), then check: aws sts get-caller-identity"
GET_CREDENTIALS = (
    "Choose a profile (export AWS_PROFILE=...), log in (aws sso login), or export "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_UNKNOWN = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch"}


def current_account(region: str) -> str:
    """The account's number, asked from STS in that region."""
    limits = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})
    client: Any = boto3.Session(region_name=region).client("sts", config=limits)
    return str(client.get_caller_identity()["Account"])


def missing(
    region: str,
    account_id: str,
    environ: Mapping[str, str],
    identify: Identify = current_account,
) -> list[Missing]:
    """What keeps the stack from its AWS account; empty when nothing does."""
    return [
        *_diverted(environ),
        *_other_region(region, environ),
        *_identity(region, account_id, identify),
    ]


def _diverted(environ: Mapping[str, str]) -> list[Missing]:
    return [
        Missing(
            f"{name} sends AWS calls to {address}, which is not AWS.",
            f"For this stack: unset {name}",
        )
        for name, address in sorted(environ.items())
        if name.startswith("AWS_ENDPOINT_URL") and address
    ]


def _other_region(region: str, environ: Mapping[str, str]) -> list[Missing]:
    """A region that was exported is meant; one in a profile is only its default."""
    return [
        Missing(
            f"{name} is {environ[name]}, but the stack is in {region} (its region: setting).",
            f"Write the region that is meant: export {name}={region}, or change the setting",
        )
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION")
        if environ.get(name, region) not in (region, "")
    ]


def _identity(region: str, account_id: str, identify: Identify) -> list[Missing]:
    try:
        found = identify(region)
    except ClientError as error:
        return [_refused_by_aws(error, region)]
    except BotoCoreError as error:
        return [_never_asked(error, region)]
    if found == account_id:
        return []
    return [
        Missing(
            f"These AWS credentials are of the account {found}, but the stack belongs to "
            f"{account_id} (its account-id: setting).",
            "Use that account's credentials (export AWS_PROFILE=...), or correct account-id",
        )
    ]


def _refused_by_aws(error: ClientError, region: str) -> Missing:
    code = error.response.get("Error", {}).get("Code", "")
    if code in _EXPIRED:
        return Missing("The AWS credentials have expired.", LOG_IN)
    if code in _UNKNOWN:
        return Missing(
            f"AWS does not accept these credentials in {region} ({code}): they are wrong or "
            "deleted, or the account has not enabled that region.",
            f"{LOG_IN}; regions are enabled under Account in the AWS console",
        )
    return Missing(f"AWS refused to say whose credentials these are: {error}.", LOG_IN)


def _never_asked(error: BotoCoreError, region: str) -> Missing:
    if isinstance(error, ProfileNotFound):
        return Missing(f"{error}.", "Profiles at hand: aws configure list-profiles")
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Missing("There are no AWS credentials.", GET_CREDENTIALS)
    if isinstance(error, SSOError | TokenRetrievalError | CredentialRetrievalError):
        return Missing(f"The AWS login is no longer valid: {error}.", LOG_IN)
    if isinstance(error, InvalidRegionError):
        return Missing(f"{region} is not a region's name.", "Correct the region: setting")
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return Missing(
            f"AWS cannot be reached in {region}: {error}.",
            "Check the network and HTTPS_PROXY, and that the region: setting exists",
        )
    return Missing(f"The AWS credentials cannot be used: {error}.", GET_CREDENTIALS)
