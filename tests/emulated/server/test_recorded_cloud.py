"""The emulated AWS without containers: what a deployment waits for comes true as records."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.server.conftest import Server
from tests.emulated.server.waiting import wait_for

pytestmark = pytest.mark.engine
QUICK = {"Delay": 1, "MaxAttempts": 30}
ROLE = "arn:aws:iam::123456789012:role/r"


@pytest.fixture(scope="module")
def subnets(server: Server) -> list[str]:
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    return [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.7.{n}.0/24")["Subnet"]["SubnetId"]
        for n in range(2)
    ]


def network_of(subnets: list[str]) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": subnets}}


def register(server: Server, family: str) -> str:
    container = {"name": "web", "image": "localhost/app@sha256:" + "0" * 64, "essential": True}
    definition = server.client("ecs").register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )
    return str(definition["taskDefinition"]["taskDefinitionArn"])


def settled(server: Server) -> dict[str, Any]:
    ecs = server.client("ecs")

    def described() -> dict[str, Any]:
        found = ecs.describe_services(cluster="c", services=["web"])["services"][0]
        return dict(found)

    wait_for(
        lambda: described()["deployments"][0]["rolloutState"] == "COMPLETED",
        "the rollout is complete",
    )
    return described()


@pytest.fixture(scope="module")
def balancer(server: Server, subnets: list[str]) -> dict[str, str]:
    elb = server.client("elbv2")
    made = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]
    group = elb.create_target_group(
        Name="web", Protocol="HTTP", Port=8000, VpcId=made["VpcId"], TargetType="ip"
    )["TargetGroups"][0]["TargetGroupArn"]
    for port in (443, 80):
        elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
    return {"arn": made["LoadBalancerArn"], "group": group}


@pytest.fixture(scope="module")
def service(server: Server, subnets: list[str], balancer: dict[str, str]) -> dict[str, Any]:
    ecs = server.client("ecs")
    ecs.create_cluster(clusterName="c")
    target = {
        "targetGroupArn": balancer["group"],
        "containerName": "web",
        "containerPort": 8000,
    }
    ecs.create_service(
        cluster="c",
        serviceName="web",
        taskDefinition=register(server, "web"),
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration=network_of(subnets),
        loadBalancers=[target],
        placementStrategy=[],
    )
    return settled(server)


@pytest.fixture(scope="module")
def instance(server: Server) -> dict[str, Any]:
    rds = server.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="db",
        Engine="postgres",
        EngineVersion="17.6",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="root_user",
        ManageMasterUserPassword=True,
        EnableCloudwatchLogsExports=["postgresql"],
    )
    waiter = rds.get_waiter("db_instance_available")
    waiter.wait(DBInstanceIdentifier="db", WaiterConfig=QUICK)
    shown = rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0]
    for identifier, count in ((shown["DbiResourceId"], 1), ("db-OTHER", 0)):
        filters = [{"Name": "dbi-resource-id", "Values": [identifier]}]
        found = rds.describe_db_instances(Filters=filters)["DBInstances"]
        assert len(found) == count, "a provider waits for the end of somebody else's database"
    return dict(shown)


@pytest.fixture(scope="module")
def plan(server: Server) -> str:
    backup = server.client("backup")
    backup.create_backup_vault(BackupVaultName="v")
    rule = {"RuleName": "daily", "TargetBackupVaultName": "v"}
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})
    return str(made["BackupPlanId"])


class TestService:
    """A service settles, or the engine's `up` would wait until its time is over."""

    def test_a_new_service_reaches_a_steady_state(self, service: dict[str, Any]) -> None:
        assert service["runningCount"] == 2
        assert "steady state" in " ".join(e["message"] for e in service["events"])
        assert service["availabilityZoneRebalancing"] == "ENABLED", "shown as a change for ever"

    def test_its_tasks_have_addresses_of_their_subnets_and_are_healthy(
        self, server: Server, service: dict[str, Any], balancer: dict[str, str]
    ) -> None:
        group = balancer["group"]
        shown = server.client("elbv2").describe_target_health(TargetGroupArn=group)
        targets = shown["TargetHealthDescriptions"]
        assert {t["TargetHealth"]["State"] for t in targets} == {"healthy"}
        assert len(targets) == 2
        assert all(t["Target"]["Id"].startswith("10.7.") for t in targets)

    def test_a_new_revision_replaces_the_old_one(
        self, server: Server, service: dict[str, Any]
    ) -> None:
        revision = register(server, "web")
        server.client("ecs").update_service(cluster="c", service="web", taskDefinition=revision)
        found = settled(server)
        assert found["taskDefinition"] == revision
        assert [d["status"] for d in found["deployments"]] == ["PRIMARY"], "the old one remains"

    def test_a_task_that_is_stopped_is_replaced(
        self, server: Server, service: dict[str, Any]
    ) -> None:
        ecs = server.client("ecs")
        before = ecs.list_tasks(cluster="c", serviceName="web")["taskArns"]
        ecs.stop_task(cluster="c", task=before[0])
        after = ecs.list_tasks(cluster="c", serviceName="web")["taskArns"]
        assert len(after) == 2, "the service would be short of a task for ever"
        assert before[0] not in after

    def test_its_page_says_that_nothing_runs(self, server: Server, service: dict[str, Any]) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.aws_port}/", headers={"Host": "web.alb.localhost"}
        )
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(request)  # noqa: S310 - our own http address
        with raised.value as answer:
            assert answer.code == 503
            assert "records" in json.load(answer)["message"], "one would look for a broken task"

    def test_a_protected_balancer_is_not_deleted(
        self, server: Server, balancer: dict[str, str]
    ) -> None:
        elb = server.client("elbv2")
        protection = {"Key": "deletion_protection.enabled", "Value": "true"}
        elb.modify_load_balancer_attributes(
            LoadBalancerArn=balancer["arn"], Attributes=[protection]
        )
        with pytest.raises(ClientError, match="deletion protection"):
            elb.delete_load_balancer(LoadBalancerArn=balancer["arn"])


def test_a_task_on_its_own_ends_and_says_that_it_was_not_run(
    server: Server, subnets: list[str]
) -> None:
    ecs = server.client("ecs")
    ecs.create_cluster(clusterName="release")
    arn = ecs.run_task(
        cluster="release",
        taskDefinition=register(server, "release"),
        launchType="FARGATE",
        networkConfiguration=network_of(subnets),
    )["tasks"][0]["taskArn"]
    ecs.get_waiter("tasks_stopped").wait(cluster="release", tasks=[arn], WaiterConfig=QUICK)
    task = ecs.describe_tasks(cluster="release", tasks=[arn])["tasks"][0]
    assert task["containers"][0]["exitCode"] == 0
    assert "Recorded only" in task["stoppedReason"], "a record would pass for a release that ran"


class TestDatabase:
    """An instance whose master password RDS manages."""

    def password(self, server: Server, instance: dict[str, Any]) -> str:
        arn = instance["MasterUserSecret"]["SecretArn"]
        value = server.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
        assert json.loads(value)["username"] == "root_user"
        return str(json.loads(value)["password"])

    def test_it_shows_its_secret_and_its_settings(self, instance: dict[str, Any]) -> None:
        assert instance["MasterUserSecret"]["SecretStatus"] == "active"
        assert instance["EnabledCloudwatchLogsExports"] == ["postgresql"]
        assert instance["Endpoint"]["Address"].endswith(".rds.amazonaws.com"), (
            "an application would connect to this machine"
        )

    def test_a_password_beside_the_managed_one_is_refused(self, server: Server) -> None:
        with pytest.raises(ClientError, match="InvalidParameterCombination"):
            server.client("rds").create_db_instance(
                DBInstanceIdentifier="both",
                Engine="postgres",
                DBInstanceClass="db.t4g.micro",
                MasterUsername="u",
                MasterUserPassword="password1",
                ManageMasterUserPassword=True,
            )

    def test_rotating_the_secret_makes_a_new_password(
        self, server: Server, instance: dict[str, Any]
    ) -> None:
        before = self.password(server, instance)
        secret = instance["MasterUserSecret"]["SecretArn"]
        server.client("secretsmanager").rotate_secret(SecretId=secret)
        assert self.password(server, instance) != before

    def test_it_is_not_deleted_without_a_decision_on_its_last_snapshot(
        self, server: Server, instance: dict[str, Any]
    ) -> None:
        with pytest.raises(ClientError, match="SkipFinalSnapshot"):
            server.client("rds").delete_db_instance(DBInstanceIdentifier="db")

    def test_deleting_it_leaves_a_snapshot_and_takes_the_secret(
        self, server: Server, instance: dict[str, Any]
    ) -> None:
        rds = server.client("rds")
        rds.delete_db_instance(DBInstanceIdentifier="db", FinalDBSnapshotIdentifier="last")
        names = [s["DBSnapshotIdentifier"] for s in rds.describe_db_snapshots()["DBSnapshots"]]
        assert names == ["last"]
        secret = instance["MasterUserSecret"]["SecretArn"]
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            server.client("secretsmanager").describe_secret(SecretId=secret)


def test_event_subscriptions_of_databases_are_kept(server: Server) -> None:
    rds = server.client("rds")
    given = {"SourceType": "db-instance", "EventCategories": ["failure", "backup"]}
    rds.create_event_subscription(SubscriptionName="e", SnsTopicArn="arn:t", **given)
    rds.modify_event_subscription(SubscriptionName="e", Enabled=False)
    found = rds.describe_event_subscriptions(SubscriptionName="e")["EventSubscriptionsList"][0]
    assert found["EventCategoriesList"] == ["failure", "backup"]
    assert found["Enabled"] is False
    rds.delete_event_subscription(SubscriptionName="e")
    with pytest.raises(ClientError, match="SubscriptionNotFound"):
        rds.describe_event_subscriptions(SubscriptionName="e")


def test_repositories_are_where_docker_pushes_without_tls(server: Server) -> None:
    ecr = server.client("ecr")
    uri = ecr.create_repository(repositoryName="app")["repository"]["repositoryUri"]
    assert uri == f"localhost:{server.aws_port}/app", "a push would go to the real AWS"
    login = ecr.get_authorization_token()["authorizationData"][0]
    assert login["proxyEndpoint"] == f"http://localhost:{server.aws_port}"
    ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"]["scanType"] == (
        "ENHANCED"
    )


def test_network_settings_come_back_as_they_were_given(server: Server, subnets: list[str]) -> None:
    ec2 = server.client("ec2")
    vpc = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["VpcId"]
    given = {"Name": "association.subnet-id", "Values": [subnets[0]]}
    acls = ec2.describe_network_acls(Filters=[given])["NetworkAcls"]
    assert len(acls) == 1, "the provider looks for the one network ACL of a subnet"
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="g",
        DeliverLogsPermissionArn=ROLE,
        MaxAggregationInterval=60,
    )
    flow = ec2.describe_flow_logs()["FlowLogs"][0]
    assert (flow["MaxAggregationInterval"], flow["DeliverLogsPermissionArn"]) == (60, ROLE)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName="com.amazonaws.us-east-1.ecr.api",
        VpcEndpointType="Interface",
        SubnetIds=subnets,
        SecurityGroupIds=["sg-1"],
        PrivateDnsEnabled=True,
    )["VpcEndpoint"]
    assert endpoint["Groups"] == [{"GroupId": "sg-1"}]
    assert endpoint["PrivateDnsEnabled"] is True


def test_alarms_and_saved_queries_come_back_as_they_were_given(server: Server) -> None:
    watch, logs = server.client("cloudwatch"), server.client("logs")
    metrics = [{"Id": "e", "Expression": "1+1", "ReturnData": True}]
    watch.put_metric_alarm(
        AlarmName="a",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Threshold=1,
        Metrics=metrics,
    )
    alarm = watch.describe_alarms(AlarmNames=["a"])["MetricAlarms"][0]
    assert alarm["Metrics"] == metrics
    assert "Statistic" not in alarm, "shown as a change for ever"
    name = logs.put_query_definition(name="n", queryString="fields @message")["queryDefinitionId"]
    assert [q["name"] for q in logs.describe_query_definitions()["queryDefinitions"]] == ["n"]
    assert logs.delete_query_definition(queryDefinitionId=name)["success"] is True


def test_scaling_targets_keep_their_tags(server: Server) -> None:
    scaling = server.client("application-autoscaling")
    arn = scaling.register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/c/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=4,
        Tags={"a": "b"},
    )["ScalableTargetARN"]
    scaling.tag_resource(ResourceARN=arn, Tags={"c": "d"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"c": "d"}


class TestBackup:
    """Plans, selections, vaults and restore testing, as the provider writes and reads them."""

    def test_a_plan_changes(self, server: Server, plan: str) -> None:
        backup = server.client("backup")
        rule = {"RuleName": "weekly", "TargetBackupVaultName": "v"}
        backup.update_backup_plan(
            BackupPlanId=plan, BackupPlan={"BackupPlanName": "p", "Rules": [rule]}
        )
        rules = backup.get_backup_plan(BackupPlanId=plan)["BackupPlan"]["Rules"]
        assert [r["RuleName"] for r in rules] == ["weekly"]

    def test_a_selection_is_kept_until_it_is_deleted(self, server: Server, plan: str) -> None:
        backup = server.client("backup")
        given = {"SelectionName": "s", "IamRoleArn": ROLE}
        name = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=given)[
            "SelectionId"
        ]
        found = backup.get_backup_selection(BackupPlanId=plan, SelectionId=name)
        assert found["BackupSelection"] == given
        assert len(backup.list_backup_selections(BackupPlanId=plan)["BackupSelectionsList"]) == 1
        backup.delete_backup_selection(BackupPlanId=plan, SelectionId=name)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            backup.get_backup_selection(BackupPlanId=plan, SelectionId=name)

    def test_a_vault_keeps_its_policy_and_notifications(self, server: Server, plan: str) -> None:
        backup = server.client("backup")
        backup.put_backup_vault_access_policy(BackupVaultName="v", Policy="{}")
        assert backup.get_backup_vault_access_policy(BackupVaultName="v")["Policy"] == "{}"
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            backup.get_backup_vault_notifications(BackupVaultName="v")
        events = ["BACKUP_JOB_FAILED"]
        backup.put_backup_vault_notifications(
            BackupVaultName="v", SNSTopicArn="arn:t", BackupVaultEvents=events
        )
        shown = backup.get_backup_vault_notifications(BackupVaultName="v")
        assert shown["BackupVaultEvents"] == events
        points = backup.list_recovery_points_by_backup_vault(BackupVaultName="v")
        assert points["RecoveryPoints"] == []

    def test_nothing_was_backed_up_or_restored(self, server: Server) -> None:
        backup = server.client("backup")
        assert backup.list_backup_jobs(ByState="FAILED")["BackupJobs"] == []
        database = "arn:aws:rds:us-east-1:123456789012:db:app"
        found = backup.list_restore_jobs_by_protected_resource(ResourceArn=database)
        assert found["RestoreJobs"] == []

    def test_a_restore_test_is_kept_with_its_selection(self, server: Server) -> None:
        backup = server.client("backup")
        points = {
            "Algorithm": "LATEST_WITHIN_WINDOW",
            "IncludeVaults": ["*"],
            "RecoveryPointTypes": ["SNAPSHOT"],
        }
        backup.create_restore_testing_plan(
            RestoreTestingPlan={
                "RestoreTestingPlanName": "t",
                "ScheduleExpression": "cron(0 5 * * ? *)",
                "RecoveryPointSelection": points,
            }
        )
        backup.create_restore_testing_selection(
            RestoreTestingPlanName="t",
            RestoreTestingSelection={
                "RestoreTestingSelectionName": "s",
                "ProtectedResourceType": "RDS",
                "IamRoleArn": ROLE,
            },
        )
        named = {"RestoreTestingPlanName": "t"}
        found = backup.get_restore_testing_plan(**named)["RestoreTestingPlan"]
        assert found["ScheduleExpression"] == "cron(0 5 * * ? *)"
        both = {**named, "RestoreTestingSelectionName": "s"}
        shown = backup.get_restore_testing_selection(**both)["RestoreTestingSelection"]
        assert shown["ProtectedResourceType"] == "RDS"
        backup.delete_restore_testing_selection(**both)
        backup.delete_restore_testing_plan(**named)
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            backup.get_restore_testing_plan(**named)
