"""How other programs reach the emulated cloud: addresses and environment."""

from __future__ import annotations

from dataclasses import dataclass

from emulated.settings import REGION, CloudSettings

# Services that only the second server knows.
MOTO_SERVICES = ("application-autoscaling", "backup", "wafv2")
# The user's own settings for AWS that would win over the cloud's or change what is signed with.
CLEARED = (
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """A running cloud.

    `endpoint_overrides`: service as AWS SDKs call it, and its address where that is not
    `endpoint_url`. `environment`: what a program needs to use this cloud; `cleared`: variables that
    it must not inherit. `seconds`: how long the servers took to answer, 0 when they already ran.
    `authority_file`: the certificate to trust at the HTTPS port, empty where there is no such port.
    """

    endpoint_url: str
    endpoint_overrides: dict[str, str]
    containers: bool
    environment: dict[str, str]
    cleared: tuple[str, ...] = CLEARED
    seconds: float = 0.0
    authority_file: str = ""


def cloud_of(settings: CloudSettings, engine_host: str, seconds: float = 0.0) -> Cloud:
    """The cloud at the settings' ports; `engine_host` is empty without containers."""
    overrides = dict.fromkeys(MOTO_SERVICES, settings.moto_url)
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_DEFAULT_REGION": REGION,
        # No SDK shall look for a real instance's credentials.
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": settings.endpoint_url,
        # SDKs name the variable by the service's id, which has another spelling for the first.
        "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": settings.moto_url,
        "AWS_ENDPOINT_URL_BACKUP": settings.moto_url,
        "AWS_ENDPOINT_URL_WAFV2": settings.moto_url,
        "AWS_REGION": REGION,
        "AWS_SECRET_ACCESS_KEY": "test",
        **({"DOCKER_HOST": engine_host} if engine_host else {}),
    }
    return Cloud(
        endpoint_url=settings.endpoint_url,
        endpoint_overrides=overrides,
        containers=bool(engine_host),
        environment=environment,
        seconds=seconds,
        authority_file=str(settings.authority_file) if settings.authority_file.exists() else "",
    )
