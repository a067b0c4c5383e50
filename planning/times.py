"""How long a stack's rollouts take, as far as its settings say."""

from infra.rollout_time import RolloutTimes
from infra.settings import Settings


def rollout_times(settings: Settings) -> str:
    """One line about the rollout of web, computed; docs/rollout.md has the arithmetic."""
    balancer, service = settings.balancer, settings.service
    times = RolloutTimes.of(
        tasks=settings.autoscaling.min_tasks,
        cpu_units=service.cpu_units,
        health_interval_seconds=balancer.health_interval_seconds,
        unhealthy_threshold=balancer.unhealthy_threshold,
        grace_seconds=service.grace_seconds,
        drain_seconds=balancer.drain_seconds,
    )
    return (
        f"Rollout of web about {times.healthy:.0f} s, a bad image noticed within "
        f"{times.bad_image:.0f} s (computed: docs/rollout.md)"
    )
