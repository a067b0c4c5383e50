"""What a release asks of the emulated AWS, as records: tasks, revisions, services."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.server.conftest import Server

pytestmark = pytest.mark.engine
QUICK = {"Delay": 1, "MaxAttempts": 30}
CLUSTER = "releases"


@pytest.fixture(scope="module")
def ecs(server: Server) -> Any:
    client = server.client("ecs")
    client.create_cluster(clusterName=CLUSTER)
    return client


@pytest.fixture(scope="module")
def network(server: Server) -> dict[str, Any]:
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    return {"awsvpcConfiguration": {"subnets": [subnet]}}


def register(ecs: Any, family: str, **container: Any) -> str:
    web = {"name": "web", "image": "localhost/app:v1", "essential": True, **container}
    made = ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[web],
    )
    return str(made["taskDefinition"]["taskDefinitionArn"])


def revisions(arns: list[str]) -> list[int]:
    return [int(arn.rpartition(":")[2]) for arn in arns]


class TestReleaseTask:
    """One task for one release, whoever asks twice."""

    def run(self, ecs: Any, network: dict[str, Any], definition: str, **options: Any) -> str:
        started = ecs.run_task(
            cluster=CLUSTER,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=network,
            **options,
        )
        return str(started["tasks"][0]["taskArn"])

    def test_a_token_that_was_used_starts_nothing_again(
        self, ecs: Any, network: dict[str, Any]
    ) -> None:
        definition = register(ecs, "once")
        first = self.run(ecs, network, definition, clientToken="release-1-1")
        again = self.run(ecs, network, definition, clientToken="release-1-1")
        assert again == first, "an interrupted release runs twice"
        with pytest.raises(ClientError, match="ConflictException"):
            self.run(ecs, network, definition, clientToken="release-1-1", startedBy="x")

    def test_it_is_found_by_who_started_it_while_it_runs_and_afterwards(
        self, ecs: Any, network: dict[str, Any]
    ) -> None:
        task = self.run(ecs, network, register(ecs, "found"), startedBy="release-7")
        mine = {"cluster": CLUSTER, "startedBy": "release-7"}
        assert ecs.list_tasks(**mine)["taskArns"] == [task]
        ecs.get_waiter("tasks_stopped").wait(cluster=CLUSTER, tasks=[task], WaiterConfig=QUICK)
        assert ecs.list_tasks(**mine)["taskArns"] == []
        assert ecs.list_tasks(**mine, desiredStatus="STOPPED")["taskArns"] == [task]
        assert ecs.describe_tasks(cluster=CLUSTER, tasks=[task])["tasks"][0]["group"] == (
            "family:found"
        )

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"cluster": "none"}, "ClusterNotFoundException"),
            ({"networkConfiguration": {}}, "Network Configuration must be provided"),
            ({"startedBy": "not allowed"}, "startedBy"),
            ({"clientToken": "x" * 65}, "clientToken"),
            (
                {"overrides": {"containerOverrides": [{"name": "other"}]}},
                "not a container in the TaskDefinition",
            ),
        ],
    )
    def test_a_request_that_ecs_refuses_is_refused(
        self, ecs: Any, network: dict[str, Any], change: dict[str, Any], refusal: str
    ) -> None:
        request = {
            "cluster": CLUSTER,
            "taskDefinition": register(ecs, "refused"),
            "networkConfiguration": network,
        }
        with pytest.raises(ClientError, match=refusal):
            ecs.run_task(**{**request, **change})

    def test_a_subnet_without_room_is_a_failure_not_an_error(
        self, server: Server, ecs: Any, network: dict[str, Any]
    ) -> None:
        subnet = network["awsvpcConfiguration"]["subnets"][0]
        tag = {"Key": "emulated:no-capacity", "Value": "RESOURCE:ENI"}
        server.client("ec2").create_tags(Resources=[subnet], Tags=[tag])
        answer = ecs.run_task(
            cluster=CLUSTER, taskDefinition=register(ecs, "full"), networkConfiguration=network
        )
        server.client("ec2").delete_tags(Resources=[subnet], Tags=[tag])
        assert answer["tasks"] == []
        assert [failure["reason"] for failure in answer["failures"]] == ["RESOURCE:ENI"]


class TestRevisions:
    """What an expired release leaves, and what must not go with it."""

    def test_they_are_listed_by_number_in_their_whole_family(self, ecs: Any) -> None:
        for _ in range(11):
            register(ecs, "many")
        register(ecs, "many-others")
        newest = ecs.list_task_definitions(familyPrefix="many", sort="DESC")["taskDefinitionArns"]
        assert revisions(newest) == list(range(11, 0, -1)), "10 comes before 9 in a dictionary"

    def test_only_a_deregistered_one_is_deleted_and_none_of_them_runs(
        self, ecs: Any, network: dict[str, Any]
    ) -> None:
        old, new = register(ecs, "old"), register(ecs, "old")
        ecs.deregister_task_definition(taskDefinition=old)
        request = {"cluster": CLUSTER, "networkConfiguration": network}
        with pytest.raises(ClientError, match="TaskDefinition is inactive"):
            ecs.run_task(**request, taskDefinition=old)
        answer = ecs.delete_task_definitions(taskDefinitions=[old, new])
        assert [d["status"] for d in answer["taskDefinitions"]] == ["DELETE_IN_PROGRESS"]
        assert [failure["arn"] for failure in answer["failures"]] == [new]
        shown = ecs.describe_task_definition(taskDefinition="old")["taskDefinition"]
        assert shown["taskDefinitionArn"] == new
        with pytest.raises(ClientError, match="InvalidParameterException"):
            ecs.delete_task_definitions(taskDefinitions=[old] * 11)


class TestService:
    """A service says what happened to it."""

    def create(self, ecs: Any, network: dict[str, Any], name: str, definition: str) -> None:
        ecs.create_service(
            cluster=CLUSTER,
            serviceName=name,
            taskDefinition=definition,
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=network,
        )

    def described(self, ecs: Any, name: str) -> dict[str, Any]:
        found = ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
        return dict(found)

    def test_each_deployment_names_itself_in_its_reason_tasks_and_events(
        self, ecs: Any, network: dict[str, Any]
    ) -> None:
        check = {"command": ["CMD-SHELL", "true"]}
        self.create(ecs, network, "named", register(ecs, "named", healthCheck=check))
        ecs.update_service(cluster=CLUSTER, service="named", forceNewDeployment=True)
        service = self.described(ecs, "named")
        (deployment,) = service["deployments"]
        assert deployment["rolloutStateReason"] == f"ECS deployment {deployment['id']} completed."
        arns = ecs.list_tasks(cluster=CLUSTER, serviceName="named")["taskArns"]
        (task,) = ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"]
        assert task["startedBy"] == deployment["id"]
        said = [event["message"] for event in service["events"]]
        assert said[:2] == [
            "(service named) has reached a steady state.",
            f"(service named) (deployment {deployment['id']}) deployment completed.",
        ]
        started = task["taskArn"].rpartition("/")[2]
        assert f"(service named) has started 1 tasks: (task {started})." in said
        times = [event["createdAt"] for event in service["events"]]
        assert times == sorted(times, reverse=True)

    def test_a_cluster_is_kept_while_a_service_is_there(
        self, ecs: Any, network: dict[str, Any]
    ) -> None:
        self.create(ecs, network, "holding", register(ecs, "holding"))
        with pytest.raises(ClientError, match="ClusterContainsServicesException"):
            ecs.delete_cluster(cluster=CLUSTER)
        ecs.delete_service(cluster=CLUSTER, service="holding", force=True)
        assert self.described(ecs, "holding")["status"] == "INACTIVE"
        with pytest.raises(ClientError, match="ServiceNotActiveException"):
            ecs.update_service(cluster=CLUSTER, service="holding", desiredCount=1)
