"""A target of EventBridge that is an ECS cluster."""

from __future__ import annotations

from typing import Any

from emulated.server.schedule_target import is_cluster, task_request

CLUSTER = "arn:aws:ecs:us-east-1:123456789012:cluster/app"
TARGET: dict[str, Any] = {
    "Arn": CLUSTER,
    "EcsParameters": {
        "TaskDefinitionArn": "arn:td:1",
        "TaskCount": 2,
        "NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["s-1"]}},
    },
    "Input": '{"containerOverrides": [{"name": "web", "command": ["x"]}]}',
}


def test_only_a_cluster_is_given_tasks() -> None:
    assert is_cluster(CLUSTER)
    assert not is_cluster("arn:aws:sqs:us-east-1:123456789012:queue")
    assert not is_cluster(CLUSTER.replace("cluster/app", "task/app"))


def test_a_schedule_runs_what_its_target_says() -> None:
    request = task_request(TARGET, "nightly")
    assert request["cluster"] == CLUSTER
    assert (request["taskDefinition"], request["count"]) == ("arn:td:1", 2)
    assert request["launchType"] == "FARGATE"
    assert request["startedBy"] == "events-rule/nightly"
    assert request["networkConfiguration"] == {"awsvpcConfiguration": {"subnets": ["s-1"]}}
    assert request["overrides"]["containerOverrides"][0]["command"] == ["x"], (
        "the schedule would run the web command"
    )


def test_a_capacity_provider_takes_the_place_of_the_launch_type() -> None:
    strategy = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]
    target = {**TARGET, "EcsParameters": {"CapacityProviderStrategy": strategy}}
    request = task_request(target, "r")
    assert request["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE_SPOT", "weight": 1}
    ]
    assert "launchType" not in request, "ECS refuses both together"


def test_an_input_for_others_changes_nothing() -> None:
    for text in (None, "", "not json"):
        request = task_request({**TARGET, "Input": text}, "r")
        assert request["overrides"] == {"containerOverrides": []}
