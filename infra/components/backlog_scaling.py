"""How many tasks work on a queue."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

# Adding is cheap to undo; a task that is taken away gives its jobs back, so: in slowly.
SCALE_OUT_COOLDOWN_SECONDS = 60
SCALE_IN_COOLDOWN_SECONDS = 300
# Until the first task runs and its number has arrived at CloudWatch: no second one meanwhile.
WAKE_COOLDOWN_SECONDS = 180
PERIOD_SECONDS = 60
# One late measurement must not look like a service that sleeps.
WAKE_PERIODS = 2
BACKLOG_PER_TASK = "(waiting + taken) / IF(running < 1, 1, running)"
# Container Insights may be silent about a service without tasks.
WAITING_WHILE_ASLEEP = "IF(FILL(running, 0) < 1, waiting, 0)"


@dataclass(frozen=True, kw_only=True)
class BacklogScalingArgs:
    """What scaling takes; the cluster has Container Insights, which count the tasks."""

    cluster_name: pulumi.Input[str]
    service_name: pulumi.Input[str]
    queue_name: pulumi.Input[str]
    min_tasks: int
    max_tasks: int
    backlog_per_task: int


@dataclass(frozen=True, kw_only=True)
class _Metric:
    """A metric of CloudWatch."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]


class BacklogScaling(pulumi.ComponentResource):
    """Holds the number of jobs for each running task.

    * target with the limits, and a tracking policy on (waiting + taken) / running tasks, after
      AWS's example [Application Auto Scaling user guide, "Create a target tracking scaling policy
      using metric math"]. What a task has taken counts too: else the last long jobs would be
      interrupted, as nothing waits behind them
    * where the minimum is 0, an alarm and a step policy that start the first task: tracking
      multiplies the number of tasks, and a multiple of none is none. That takes two measurements,
      one a minute; SQS measures a queue that was idle for six hours up to 15 minutes late [SQS
      developer guide, "Monitoring queues using CloudWatch"]
    * nothing where minimum and maximum are the same
    """

    def __init__(
        self, name: str, args: BacklogScalingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("flask-fargate:backlog_scaling:BacklogScaling", name, None, opts)
        if args.max_tasks > args.min_tasks:
            target = aws.appautoscaling.Target(
                f"{name}-backlog",
                service_namespace="ecs",
                scalable_dimension="ecs:service:DesiredCount",
                resource_id=pulumi.Output.concat(
                    "service/", args.cluster_name, "/", args.service_name
                ),
                min_capacity=args.min_tasks,
                max_capacity=args.max_tasks,
                opts=pulumi.ResourceOptions(parent=self),
            )
            self._track(f"{name}-backlog", target, args)
            if args.min_tasks == 0:
                self._wake(f"{name}-wake", target, args)
        self.register_outputs({})

    def _track(
        self, name: str, target: aws.appautoscaling.Target, args: BacklogScalingArgs
    ) -> None:
        aws.appautoscaling.Policy(
            name,
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                "customized_metric_specification": {
                    "metrics": [
                        {
                            "id": "backlog",
                            "expression": BACKLOG_PER_TASK,
                            "label": "Jobs for each running task",
                            "return_data": True,
                        },
                        *(_tracked(key, metric) for key, metric in _metrics(args).items()),
                    ]
                },
                "target_value": args.backlog_per_task,
                "scale_out_cooldown": SCALE_OUT_COOLDOWN_SECONDS,
                "scale_in_cooldown": SCALE_IN_COOLDOWN_SECONDS,
            },
            opts=pulumi.ResourceOptions(parent=target),
        )

    def _wake(self, name: str, target: aws.appautoscaling.Target, args: BacklogScalingArgs) -> None:
        """One task more while jobs wait and none runs."""
        policy = aws.appautoscaling.Policy(
            name,
            policy_type="StepScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            step_scaling_policy_configuration={
                "adjustment_type": "ChangeInCapacity",
                "metric_aggregation_type": "Maximum",
                "cooldown": WAKE_COOLDOWN_SECONDS,
                "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
            },
            opts=pulumi.ResourceOptions(parent=target),
        )
        metrics = _metrics(args)
        aws.cloudwatch.MetricAlarm(
            name,
            alarm_description="Jobs wait and no task runs: one is started",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=1,
            evaluation_periods=WAKE_PERIODS,
            treat_missing_data="notBreaching",
            metric_queries=[
                {
                    "id": "asleep",
                    "expression": WAITING_WHILE_ASLEEP,
                    "label": "Jobs that wait while no task runs",
                    "return_data": True,
                },
                *(_watched(key, metrics[key]) for key in ("waiting", "running")),
            ],
            alarm_actions=[policy.arn],
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=policy),
        )


def _metrics(args: BacklogScalingArgs) -> dict[str, _Metric]:
    """The metrics by their names in the expressions."""
    queue = {"QueueName": args.queue_name}
    service = {"ClusterName": args.cluster_name, "ServiceName": args.service_name}
    visible, invisible = (
        "ApproximateNumberOfMessagesVisible",
        "ApproximateNumberOfMessagesNotVisible",
    )
    running = _Metric(
        namespace="ECS/ContainerInsights", name="RunningTaskCount", dimensions=service
    )
    return {
        "waiting": _Metric(namespace="AWS/SQS", name=visible, dimensions=queue),
        "taken": _Metric(namespace="AWS/SQS", name=invisible, dimensions=queue),
        "running": running,
    }


def _tracked(
    key: str, metric: _Metric
) -> aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricArgsDict:  # noqa: E501
    """A metric for the expression of a policy."""
    return {
        "id": key,
        "metric_stat": {
            "metric": {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": [
                    {"name": name, "value": value} for name, value in metric.dimensions.items()
                ],
            },
            "stat": "Average",
        },
        "return_data": False,
    }


def _watched(key: str, metric: _Metric) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    """A metric for the expression of an alarm."""
    return {
        "id": key,
        "metric": {
            "namespace": metric.namespace,
            "metric_name": metric.name,
            "dimensions": metric.dimensions,
            "period": PERIOD_SECONDS,
            "stat": "Maximum",
        },
        "return_data": False,
    }
