"""How long a rollout takes, computed from the settings; nobody has timed it on AWS.

A rollout's parts run one after the other: ECS starts the new tasks, the balancer checks them, ECS
drains the old ones and stops them, and the watch sees it at its next look.
"""

import math
from dataclasses import dataclass

from release.judgement import (
    BREAKER_LEAST,
    BREAKER_MOST,
    BREAKER_SHARE,
    UNHEALTHY_SECONDS,
)
from release.look import POLL_SECONDS

# Assumed: ECS's scheduler decides, and notices what has happened.
SCHEDULE_SECONDS = 5.0
NOTICE_SECONDS = 5.0
# Machine and network interface of a Fargate task, as a public benchmark of 2026 found them.
PROVISION_SECONDS = 23.0
# Fargate keeps no images: each task pulls. Fitted to a public benchmark of 2024.
PULL_SECONDS_PER_MB = 0.09
PULL_FREE_MB = 30.0
# Assumed size of the image, compressed.
IMAGE_MB = 80.0
# From start to the first 200 of a Flask application with SQLAlchemy and compiled bytecode, by CPU
# units; measured on an x86 machine of two virtual CPUs, not on Fargate.
BOOT_SECONDS = {256: 1.9, 512: 0.85, 1024: 0.45}
# From SIGTERM to the exit of a server without requests, on the same machine.
STOP_SECONDS = 2.3
# The share of the tasks that may run in all and that must serve throughout: infra's services.
MAXIMUM, MINIMUM = 2.0, 1.0


@dataclass(frozen=True, kw_only=True)
class RolloutTimes:
    """Seconds of a rollout of web that succeeds, and until a bad image is noticed."""

    healthy: float
    bad_image: float

    @classmethod
    def of(
        cls,
        *,
        tasks: int,
        cpu_units: int,
        health_interval_seconds: int,
        unhealthy_threshold: int,
        grace_seconds: int,
        drain_seconds: int,
    ) -> "RolloutTimes":
        """Computed from numbers that the settings, or AWS, have under these names."""
        return cls(
            healthy=healthy_rollout_seconds(
                tasks=tasks,
                cpu_units=cpu_units,
                health_interval_seconds=health_interval_seconds,
                drain_seconds=drain_seconds,
            ),
            bad_image=bad_image_seconds(
                tasks=tasks,
                cpu_units=cpu_units,
                health_interval_seconds=health_interval_seconds,
                unhealthy_threshold=unhealthy_threshold,
                grace_seconds=grace_seconds,
            ),
        )


def first_task_seconds(cpu_units: int) -> float:
    """From the update to a new task that listens."""
    pull = PULL_SECONDS_PER_MB * max(IMAGE_MB - PULL_FREE_MB, 0)
    return SCHEDULE_SECONDS + PROVISION_SECONDS + pull + boot_seconds(cpu_units)


def boot_seconds(cpu_units: int) -> float:
    """From a container's start to its first answer; from one vCPU on it stays the same."""
    return BOOT_SECONDS[min(cpu_units, max(BOOT_SECONDS))]


def healthy_rollout_seconds(
    *, tasks: int, cpu_units: int, health_interval_seconds: int, drain_seconds: int
) -> float:
    """From the update of a service behind a balancer to the end of its watch.

    A new target needs one passed check, whatever the threshold [ELB user guide, target groups];
    ECS waits for the whole drain before it stops a task.
    """
    batch = (
        first_task_seconds(cpu_units)
        + health_interval_seconds
        + NOTICE_SECONDS
        + drain_seconds
        + STOP_SECONDS
    )
    return batches(tasks) * batch + POLL_SECONDS


def batches(tasks: int) -> int:
    """How many times ECS starts tasks until all are new."""
    at_once = math.floor(tasks * (MAXIMUM - 1)) + tasks - math.ceil(tasks * MINIMUM)
    return math.ceil(tasks / at_once)


def bad_image_seconds(
    *,
    tasks: int,
    cpu_units: int,
    health_interval_seconds: int,
    unhealthy_threshold: int,
    grace_seconds: int,
) -> float:
    """From the update to the failure, for whichever bad image is noticed last."""
    crash = crash_seconds(tasks=tasks, cpu_units=cpu_units)
    unhealthy = unhealthy_seconds(
        cpu_units=cpu_units,
        health_interval_seconds=health_interval_seconds,
        unhealthy_threshold=unhealthy_threshold,
        grace_seconds=grace_seconds,
    )
    return max(crash, unhealthy)


def crash_seconds(*, tasks: int, cpu_units: int) -> float:
    """The image crashes at its start: wave after wave until enough tasks have died.

    Beside an older release, `tasks` at a time; ECS does not slow down after tasks that ran
    [ECS developer guide, service throttle logic].
    """
    deaths = min(max(BREAKER_LEAST, math.ceil(tasks * BREAKER_SHARE)), BREAKER_MOST)
    return math.ceil(deaths / tasks) * first_task_seconds(cpu_units) + NOTICE_SECONDS + POLL_SECONDS


def unhealthy_seconds(
    *,
    cpu_units: int,
    health_interval_seconds: int,
    unhealthy_threshold: int,
    grace_seconds: int,
) -> float:
    """The image runs but fails its checks, until the watch's patience is over."""
    noticed = health_interval_seconds * unhealthy_threshold
    patience = grace_seconds + UNHEALTHY_SECONDS
    return first_task_seconds(cpu_units) + noticed + patience + POLL_SECONDS
