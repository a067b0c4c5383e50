"""Image, tasks, scaling and roles, and the operations that create them."""

from collections.abc import Mapping
from typing import Final

from planning.mapping.binding import Binding, Mapped, mapped

COMPUTE: Final[Mapping[str, Mapped]] = {
    "aws:appautoscaling/policy:Policy": mapped(
        Binding("application-autoscaling", "PutScalingPolicy", members={"name": "PolicyName"}),
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": mapped(
        Binding(
            "application-autoscaling",
            "PutScheduledAction",
            members={"name": "ScheduledActionName"},
        ),
    ),
    "aws:appautoscaling/target:Target": mapped(
        Binding("application-autoscaling", "RegisterScalableTarget"),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": mapped(
        Binding(
            "ecr",
            "PutLifecyclePolicy",
            members={"repository": "repositoryName", "policy": "lifecyclePolicyText"},
        ),
    ),
    "aws:ecr/repository:Repository": mapped(
        Binding("ecr", "CreateRepository", members={"name": "repositoryName"}),
        own="forceDelete",
    ),
    "aws:ecs/cluster:Cluster": mapped(
        Binding("ecs", "CreateCluster", members={"name": "clusterName"}),
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": mapped(
        Binding(
            "ecs",
            "PutClusterCapacityProviders",
            members={
                "clusterName": "cluster",
                "defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy",
            },
        ),
    ),
    "aws:ecs/service:Service": mapped(
        Binding(
            "ecs",
            "CreateService",
            members={
                "name": "serviceName",
                "capacityProviderStrategies": "capacityProviderStrategy",
                "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
                "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
                "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
                "networkConfiguration.subnets": "awsvpcConfiguration.subnets",
                "networkConfiguration.securityGroups": "awsvpcConfiguration.securityGroups",
            },
        ),
        own="forceDelete forceNewDeployment networkConfiguration.assignPublicIp sigintRollback "
        "triggers waitForSteadyState",
    ),
    "aws:ecs/taskDefinition:TaskDefinition": mapped(
        Binding("ecs", "RegisterTaskDefinition"),
        own="skipDestroy trackLatest",
    ),
    "aws:iam/role:Role": mapped(
        Binding(
            "iam",
            "CreateRole",
            members={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
        ),
        own="forceDetachPolicies",
    ),
    "aws:iam/rolePolicy:RolePolicy": mapped(
        Binding(
            "iam",
            "PutRolePolicy",
            members={"name": "PolicyName", "policy": "PolicyDocument", "role": "RoleName"},
        ),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": mapped(
        Binding("iam", "AttachRolePolicy", members={"role": "RoleName"}),
    ),
    # Docker has no API description; its arguments are checked by type alone.
    "docker:index/image:Image": mapped(),
    # The project's own: nothing in AWS.
    "pulumi-python:dynamic/flask-fargate:OneOffTasks": mapped(),
    "aws:lambda/function:Function": mapped(
        Binding("lambda", "CreateFunction", members={"name": "FunctionName"}),
    ),
    "aws:lambda/permission:Permission": mapped(
        Binding("lambda", "AddPermission", members={"function": "FunctionName"}),
    ),
}
