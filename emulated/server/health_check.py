"""When a target of a balancer is healthy: the counting, without the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time
from typing import Any

# A new target is tried this often until it answers once, so that a rollout does not take minutes.
FIRST_INTERVAL_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """The settings of a target group, defaults as Elastic Load Balancing has them."""

    enabled: bool
    path: str
    port: int | None
    interval_seconds: float
    timeout_seconds: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: str

    @classmethod
    def of(cls, group: Mapping[str, Any]) -> HealthCheck:
        """The check of a target group's record; port None is the target's own."""
        port = group.get("HealthCheckPort", "traffic-port")
        return cls(
            enabled=bool(group.get("HealthCheckEnabled", True)),
            path=str(group.get("HealthCheckPath") or "/"),
            port=None if port == "traffic-port" else int(port),
            interval_seconds=float(group.get("HealthCheckIntervalSeconds", 30)),
            timeout_seconds=float(group.get("HealthCheckTimeoutSeconds", 5)),
            healthy_threshold=int(group.get("HealthyThresholdCount", 5)),
            unhealthy_threshold=int(group.get("UnhealthyThresholdCount", 2)),
            codes=str((group.get("Matcher") or {}).get("HttpCode", "200")),
        )

    def accepts(self, code: int) -> bool:
        """Whether an answer's status is one of ``codes``: ``200``, ``200,302``, ``200-299``."""
        ranges = (part.strip().partition("-") for part in self.codes.split(","))
        return any(int(low) <= code <= int(high or low) for low, _, high in ranges)


@dataclass(frozen=True)
class Failure:
    """Why a check failed, as DescribeTargetHealth says it."""

    reason: str
    text: str


TIMED_OUT = Failure("Target.Timeout", "Request timed out")
UNREACHABLE = Failure("Target.FailedHealthChecks", "Health checks failed")
REGISTERING = Failure("Elb.RegistrationInProgress", "Target registration is in progress")
STARTING = Failure("Elb.InitialHealthChecking", "Initial health checks in progress")
DEREGISTERING = Failure("Target.DeregistrationInProgress", "Target deregistration is in progress")


def wrong_code(code: int) -> Failure:
    """The target answered, with a status that the check does not accept."""
    text = f"Health checks failed with these codes: [{code}]"
    return Failure("Target.ResponseCodeMismatch", text)


@dataclass
class TargetRecord:
    """What is known of one target; times are seconds since the epoch."""

    state: str = "initial"
    failure: Failure | None = REGISTERING
    good: int = 0
    bad: int = 0
    due: float = 0.0
    since: float = field(default_factory=time)
    busy: bool = False

    def note(self, check: HealthCheck, failure: Failure | None, now: float) -> None:
        """Take in the outcome of one check, None meaning that it passed, and plan the next."""
        if failure is None:
            self._passed(check)
        else:
            self._failed(check, failure, now)
        interval = check.interval_seconds
        pause = min(FIRST_INTERVAL_SECONDS, interval) if self.state == "initial" else interval
        self.due, self.busy = now + pause, False

    def _passed(self, check: HealthCheck) -> None:
        self.good, self.bad = self.good + 1, 0
        if self.state == "initial" or self.good >= check.healthy_threshold:
            self.state, self.failure = "healthy", None

    def _failed(self, check: HealthCheck, failure: Failure, now: float) -> None:
        self.good, self.bad = 0, self.bad + 1
        patience = check.interval_seconds * check.unhealthy_threshold
        starting = self.state == "initial" and now - self.since < patience
        if self.bad >= check.unhealthy_threshold and not starting:
            self.state, self.failure = "unhealthy", failure
        elif self.state == "initial":
            self.failure = STARTING
