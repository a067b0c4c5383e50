"""The AWS services that a release asks, for one account in one region."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError

from release.problems import ReleaseError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_sts import STSClient

DEFAULT = "default"
# A release waits for minutes; half a minute without network must not end it.
_LIMITS = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "total_max_attempts": 8},
)
# An emulated AWS takes any key; this one means nothing anywhere else.
_EMULATED_KEY = "test"


@dataclass(frozen=True, kw_only=True)
class Access:
    """Where a stack's AWS is.

    `endpoints` are an emulated AWS's addresses by service, `default` for the rest; empty for AWS.
    """

    region: str
    account_id: str
    endpoints: Mapping[str, str] = field(default_factory=dict)


def _refuse_expired(session: boto3.Session) -> None:
    """The SDK has no kind of its own for keys that say themselves that their time is over."""
    credentials = session.get_credentials()
    if credentials is None:
        return
    try:
        credentials.get_frozen_credentials()
    except RuntimeError as error:
        raise CredentialRetrievalError(provider=credentials.method, error_msg=error) from error


class Clients:
    """The services' clients, each made when it is first asked for."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @cached_property
    def _session(self) -> boto3.Session:
        """The person's login: read, and perhaps found wrong, when AWS is first asked."""
        key = _EMULATED_KEY if self._access.endpoints else None
        session = boto3.Session(
            region_name=self._access.region, aws_access_key_id=key, aws_secret_access_key=key
        )
        session.events.register("before-sign", lambda **_: _refuse_expired(session))
        return session

    @cached_property
    def ecs(self) -> "ECSClient":
        """Services and tasks."""
        client: ECSClient = self._client("ecs")
        return client

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        """What tasks print."""
        client: CloudWatchLogsClient = self._client("logs")
        return client

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Health of the balancer's targets."""
        client: ElasticLoadBalancingv2Client = self._client("elbv2")
        return client

    @cached_property
    def rds(self) -> "RDSClient":
        """The database's snapshots."""
        client: RDSClient = self._client("rds")
        return client

    @cached_property
    def ecr(self) -> "ECRClient":
        """Images."""
        client: ECRClient = self._client("ecr")
        return client

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """The table of releases."""
        client: DynamoDBClient = self._client("dynamodb")
        return client

    @cached_property
    def sts(self) -> "STSClient":
        """Whose credentials these are."""
        client: STSClient = self._client("sts")
        return client

    def check_account(self) -> str:
        """ARN of whose credentials these are; ReleaseError when of another account or of none."""
        try:
            return self._checked_caller()
        except (BotoCoreError, ClientError) as error:
            raise ReleaseError(
                f"AWS did not say whose credentials these are: {error}\n"
                "Log in again, check with `aws sts get-caller-identity`, then run this again."
            ) from error

    def _checked_caller(self) -> str:
        """The same, but what AWS and its SDK raise is left as it is."""
        caller = self.sts.get_caller_identity()
        if caller["Account"] != self._access.account_id:
            raise ReleaseError(
                f"These AWS credentials are of the account {caller['Account']}, but the stack "
                f"belongs to {self._access.account_id}.\n"
                "Nothing was changed. Use that account's credentials, then run this again."
            )
        return caller["Arn"]

    def _client(self, service: str) -> Any:
        """The client; KeyError when an emulated AWS has neither an address for it nor a default."""
        endpoints = self._access.endpoints
        address = (endpoints.get(service) or endpoints[DEFAULT]) if endpoints else None
        make: Any = self._session.client
        return make(service, endpoint_url=address, config=_LIMITS)
