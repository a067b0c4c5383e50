"""The AWS services that verbs ask, beside those that releases do."""

from __future__ import annotations

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
from botocore.credentials import Credentials

from ops.retries import Retries
from release.clients import Access, Clients
from release.progress import Say

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_backup import BackupClient
    from mypy_boto3_ce import CostExplorerClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_ssm import SSMClient

# A session is not safe for several threads, what it makes is [boto3 user guide, "Resources and
# multithreading"].
_MAKING = Lock()
# Where keys came from that stay as they are: botocore's words for variables and for those of an
# emulated AWS.
_FIXED = {"env", "explicit"}


class OpsClients(Clients):
    """The services' clients, each made when it is first asked for; `say` hears why they wait."""

    def __init__(self, access: Access, say: Say) -> None:
        super().__init__(access)
        self._retries = Retries(say)

    @cached_property
    def ssm(self) -> SSMClient:
        """The published outputs, and sessions."""
        client: SSMClient = self._client("ssm")
        return client

    @cached_property
    def scaling(self) -> ApplicationAutoScalingClient:
        """Limits and schedules of the services' numbers."""
        client: ApplicationAutoScalingClient = self._client("application-autoscaling")
        return client

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        """Metrics and alarms."""
        client: CloudWatchClient = self._client("cloudwatch")
        return client

    @cached_property
    def sqs(self) -> SQSClient:
        """Depth of the queues."""
        client: SQSClient = self._client("sqs")
        return client

    @cached_property
    def acm(self) -> ACMClient:
        """Certificates."""
        client: ACMClient = self._client("acm")
        return client

    @cached_property
    def route53(self) -> Route53Client:
        """Names."""
        client: Route53Client = self._client("route53")
        return client

    @cached_property
    def backup(self) -> BackupClient:
        """Recovery points and restore tests."""
        client: BackupClient = self._client("backup")
        return client

    @cached_property
    def costs(self) -> CostExplorerClient:
        """What the stack cost."""
        client: CostExplorerClient = self._client("ce")
        return client

    def check_account(self) -> str:
        """ARN of whose credentials these are; ReleaseError when of another account.

        What AWS and its SDK raise is left as it is: verbs explain it.
        """
        return self._checked_caller()

    def can_get_new_keys(self) -> bool:
        """Whether a person can log in again while this program runs.

        Its own variables nobody else can change; without credentials nothing would sign with them.
        """
        known = self._session.get_credentials()
        return known is not None and known.method not in _FIXED

    def renew_login(self) -> None:
        """Read keys anew that were read from a file once; all clients go on with them.

        A login by SSO or a role is renewed by the SDK itself.
        """
        known = self._session.get_credentials()
        if type(known) is not Credentials or self._access.endpoints:
            return
        fresh = boto3.Session(region_name=self._access.region).get_credentials()
        if fresh is not None:
            # Every client signs with this one object.
            keys: Any = fresh.get_frozen_credentials()
            known.access_key, known.secret_key = keys.access_key, keys.secret_key
            known.token = keys.token

    @cached_property
    def functions(self) -> LambdaClient:
        """What answers during maintenance."""
        client: LambdaClient = self._client("lambda")
        return client

    @cached_property
    def quotas(self) -> ServiceQuotasClient:
        """What the account may have at most."""
        client: ServiceQuotasClient = self._client("service-quotas")
        return client

    @cached_property
    def ec2(self) -> Any:
        """The network: subnets, addresses. Its types would be larger than all others together."""
        return self._client("ec2")

    @cached_property
    def sns(self) -> Any:
        """Who is told of failures."""
        return self._client("sns")

    @cached_property
    def mail(self) -> SESV2Client:
        """The sender's domain."""
        client: SESV2Client = self._client("sesv2")
        return client

    @cached_property
    def s3(self) -> S3Client:
        """Where Pulumi may keep a stack's state."""
        client: S3Client = self._client("s3")
        return client

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        """What tasks are told and nobody else."""
        client: SecretsManagerClient = self._client("secretsmanager")
        return client

    def _client(self, service: str) -> Any:
        with _MAKING:
            client = super()._client(service)
        self._retries.watch(client)
        return client
