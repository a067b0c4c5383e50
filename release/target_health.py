"""What the balancer thinks of the tasks it sends requests to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_elbv2.type_defs import TargetHealthDescriptionTypeDef


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address with its health; `reason` and `description` are empty while it is healthy."""

    address: str
    port: int
    state: str
    reason: str = ""
    description: str = ""

    @property
    def is_healthy(self) -> bool:
        """Whether it gets requests."""
        return self.state == "healthy"

    @property
    def is_leaving(self) -> bool:
        """Whether it only finishes the requests it has."""
        return self.state in {"draining", "unhealthy.draining"}

    @property
    def is_unhealthy(self) -> bool:
        """Whether it fails its checks."""
        return self.state == "unhealthy"

    def __str__(self) -> str:
        """Address, state and why."""
        why = ", ".join(filter(None, (self.reason, self.description)))
        return f"{self.address}:{self.port} is {self.state}" + (f": {why}" if why else "")


def of_group(elbv2: "ElasticLoadBalancingv2Client", target_group_arn: str) -> tuple[Target, ...]:
    """The targets of a target group."""
    answer = elbv2.describe_target_health(TargetGroupArn=target_group_arn)
    return tuple(read(each) for each in answer["TargetHealthDescriptions"])


def read(answer: "TargetHealthDescriptionTypeDef") -> Target:
    """A target as DescribeTargetHealth tells it."""
    health = answer["TargetHealth"]
    return Target(
        address=answer["Target"]["Id"],
        port=answer["Target"].get("Port", 0),
        state=health["State"],
        reason=health.get("Reason", ""),
        description=health.get("Description", ""),
    )
