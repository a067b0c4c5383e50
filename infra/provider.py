"""The one AWS provider of a stack."""

import pulumi
import pulumi_aws as aws

from infra import aws_endpoints
from infra.settings import Settings
from infra.tags import default_tags


def create_provider(settings: Settings) -> aws.Provider:
    """The provider for the stack's region, bound to its account, with the stack's tags.

    A stack whose settings name other addresses speaks to those alone, with keys that mean
    nothing anywhere else.
    """
    tags: aws.ProviderDefaultTagsArgsDict = {"tags": default_tags(settings)}
    options = pulumi.ResourceOptions(protect=False)
    if not settings.aws_endpoints:
        return aws.Provider(
            settings.prefix,
            region=settings.region,
            allowed_account_ids=[settings.account_id],
            default_tags=tags,
            opts=options,
        )
    return aws.Provider(
        settings.prefix,
        region=settings.region,
        allowed_account_ids=[settings.account_id],
        default_tags=tags,
        endpoints=[aws.ProviderEndpointArgs(**aws_endpoints.by_service(settings.aws_endpoints))],
        access_key="test",
        secret_key="test",  # noqa: S106 - an emulator's, not a secret
        s3_use_path_style=True,
        skip_credentials_validation=True,
        skip_metadata_api_check=True,
        opts=options,
    )
