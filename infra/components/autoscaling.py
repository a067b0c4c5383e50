"""How many tasks run."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.sections import Autoscaling as AutoscalingSettings
from infra.sections import ScheduledScaling

# Adding is cheap to undo, removing is not: out fast, in slowly.
SCALE_OUT_COOLDOWN_SECONDS = 60
SCALE_IN_COOLDOWN_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class AutoscalingArgs:
    """What autoscaling takes."""

    settings: AutoscalingSettings
    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    balancer_arn_suffix: pulumi.Input[str]
    target_group_arn_suffix: pulumi.Input[str]


class Autoscaling(pulumi.ComponentResource):
    """Holds CPU and requests per task at their targets.

    * target with the limits, two tracking policies, scheduled changes of the limits
    * nothing where minimum and maximum are the same
    """

    def __init__(
        self, name: str, args: AutoscalingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:autoscaling:Autoscaling", name, None, opts)
        if args.settings.max_tasks > args.settings.min_tasks:
            self._create(name, args)
        self.register_outputs({})

    def _create(self, name: str, args: AutoscalingArgs) -> None:
        target = aws.appautoscaling.Target(
            f"{name}-web",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=pulumi.Output.concat("service/", args.cluster_name, "/", args.service_name),
            min_capacity=args.settings.min_tasks,
            max_capacity=args.settings.max_tasks,
            opts=pulumi.ResourceOptions(parent=self),
        )
        label = pulumi.Output.concat(args.balancer_arn_suffix, "/", args.target_group_arn_suffix)
        self._track(
            f"{name}-cpu",
            target,
            {"predefined_metric_type": "ECSServiceAverageCPUUtilization"},
            args.settings.cpu_target_percent,
        )
        self._track(
            f"{name}-requests",
            target,
            {"predefined_metric_type": "ALBRequestCountPerTarget", "resource_label": label},
            args.settings.requests_per_target_per_minute,
        )
        self._schedule(name, target, args.settings.schedule)

    def _track(
        self,
        name: str,
        target: aws.appautoscaling.Target,
        metric: aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgsDict,  # noqa: E501
        value: float,
    ) -> None:
        aws.appautoscaling.Policy(
            name,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "predefined_metric_specification": metric,
                "target_value": value,
                "scale_out_cooldown": SCALE_OUT_COOLDOWN_SECONDS,
                "scale_in_cooldown": SCALE_IN_COOLDOWN_SECONDS,
            },
            opts=pulumi.ResourceOptions(parent=target),
        )

    def _schedule(
        self, name: str, target: aws.appautoscaling.Target, actions: Sequence[ScheduledScaling]
    ) -> None:
        for action in actions:
            aws.appautoscaling.ScheduledAction(
                f"{name}-{action.name}",
                name=f"{name}-{action.name}",
                service_namespace=target.service_namespace,
                scalable_dimension=target.scalable_dimension,
                resource_id=target.resource_id,
                schedule=action.cron,
                timezone=action.timezone,
                scalable_target_action={
                    "min_capacity": action.min_tasks,
                    "max_capacity": action.max_tasks,
                },
                opts=pulumi.ResourceOptions(parent=target),
            )
