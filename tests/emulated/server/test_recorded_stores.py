"""What a release keeps in the emulated AWS, as records: snapshots, images, secrets, its table."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulated.server.conftest import Server
from tests.support.releases_table import create_releases_table

pytestmark = pytest.mark.engine
QUICK = {"Delay": 1, "MaxAttempts": 30}


@pytest.fixture(scope="module")
def rds(server: Server) -> Any:
    client = server.client("rds")
    client.create_db_instance(
        DBInstanceIdentifier="restorable",
        Engine="postgres",
        DBInstanceClass="db.t4g.micro",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="password-1",
        BackupRetentionPeriod=7,
        Tags=[{"Key": "of", "Value": "the instance"}],
    )
    available = client.get_waiter("db_instance_available")
    available.wait(DBInstanceIdentifier="restorable", WaiterConfig=QUICK)
    return client


def put_image(ecr: Any, tag: str, manifest: dict[str, Any]) -> str:
    text = json.dumps(manifest)
    image = ecr.put_image(repositoryName="images", imageManifest=text, imageTag=tag)["image"]
    return str(image["imageId"]["imageDigest"])


@pytest.fixture(scope="module")
def digests(server: Server) -> list[str]:
    """Three images, the last of them an index of the first."""
    ecr = server.client("ecr")
    ecr.create_repository(repositoryName="images")
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    put = [put_image(ecr, "one", manifest), put_image(ecr, "two", {**manifest, "layers": []})]
    index = {"schemaVersion": 2, "manifests": [{"digest": put[0]}]}
    return [*put, put_image(ecr, "index", index)]


class TestSnapshots:
    """The restore point before a release."""

    def names(self, rds: Any, **request: Any) -> list[str]:
        found = rds.describe_db_snapshots(**request)["DBSnapshots"]
        return [snapshot["DBSnapshotIdentifier"] for snapshot in found]

    def test_one_takes_a_while_and_has_the_tags_it_was_given(self, rds: Any) -> None:
        tags = [{"Key": "Release", "Value": "7"}]
        for name in ("r-7", "r-8"):
            made = rds.create_db_snapshot(
                DBSnapshotIdentifier=name, DBInstanceIdentifier="restorable", Tags=tags
            )["DBSnapshot"]
        assert (made["Status"], made["TagList"]) == ("creating", tags)
        with pytest.raises(ClientError, match="InvalidDBSnapshotState"):
            rds.delete_db_snapshot(DBSnapshotIdentifier="r-8")
        ready = rds.get_waiter("db_snapshot_available")
        ready.wait(DBSnapshotIdentifier="r-8", WaiterConfig=QUICK)
        named = [{"Name": "db-snapshot-id", "Values": ["r-8"]}]
        assert self.names(rds, Filters=named) == ["r-8"]
        manual = {"DBInstanceIdentifier": "restorable", "SnapshotType": "manual"}
        assert self.names(rds, **manual) == ["r-7", "r-8"]
        assert self.names(rds, SnapshotType="automated") == []
        rds.delete_db_snapshot(DBSnapshotIdentifier="r-8")
        assert self.names(rds, **manual) == ["r-7"]

    def test_only_an_instance_with_backups_can_be_restored_to_a_time(self, rds: Any) -> None:
        shown = rds.describe_db_instances(DBInstanceIdentifier="restorable")["DBInstances"][0]
        assert shown["LatestRestorableTime"] >= shown["InstanceCreateTime"]
        rds.modify_db_instance(
            DBInstanceIdentifier="restorable", BackupRetentionPeriod=0, ApplyImmediately=True
        )
        shown = rds.describe_db_instances(DBInstanceIdentifier="restorable")["DBInstances"][0]
        assert "LatestRestorableTime" not in shown


class TestImages:
    """The images of releases in their repository."""

    def test_they_are_listed_page_by_page(self, server: Server, digests: list[str]) -> None:
        ecr = server.client("ecr")
        for call, member in (("describe_images", "imageDetails"), ("list_images", "imageIds")):
            pages = ecr.get_paginator(call).paginate(
                repositoryName="images", PaginationConfig={"PageSize": 2}
            )
            assert [len(page[member]) for page in pages] == [2, 1]

    def test_one_that_is_not_there_is_an_error(self, server: Server, digests: list[str]) -> None:
        with pytest.raises(ClientError, match="ImageNotFoundException"):
            server.client("ecr").describe_images(
                repositoryName="images", imageIds=[{"imageDigest": "sha256:" + "0" * 64}]
            )

    def test_what_an_index_needs_is_kept_while_it_is_there(
        self, server: Server, digests: list[str]
    ) -> None:
        ecr = server.client("ecr")
        first, second, index = ([{"imageDigest": digest}] for digest in digests)
        answer = ecr.batch_delete_image(repositoryName="images", imageIds=first + second)
        codes = [failure["failureCode"] for failure in answer["failures"]]
        assert codes == ["ImageReferencedByManifestList"]
        assert [image["imageDigest"] for image in answer["imageIds"]] == [digests[1]]
        answer = ecr.batch_delete_image(repositoryName="images", imageIds=first + index)
        assert answer["failures"] == []


def test_a_version_of_a_secret_without_a_label_can_be_read_by_its_id(server: Server) -> None:
    secrets = server.client("secretsmanager")
    made = secrets.create_secret(Name="kept", SecretString="first")
    for value in ("second", "third"):
        secrets.put_secret_value(SecretId="kept", SecretString=value)
    found = secrets.get_secret_value(SecretId="kept", VersionId=made["VersionId"])
    assert found["SecretString"] == "first", "a release that is gone back to has no secret"
    assert len(secrets.list_secret_version_ids(SecretId="kept")["Versions"]) == 2
    every = secrets.list_secret_version_ids(SecretId="kept", IncludeDeprecated=True)
    assert len(every["Versions"]) == 3


def test_a_broker_shows_what_it_was_given_but_no_users(server: Server) -> None:
    mq = server.client("mq")
    broker = mq.create_broker(
        BrokerName="jobs",
        EngineType="RABBITMQ",
        EngineVersion="3.13",
        HostInstanceType="mq.m7g.medium",
        DeploymentMode="SINGLE_INSTANCE",
        PubliclyAccessible=False,
        AutoMinorVersionUpgrade=True,
        SubnetIds=["subnet-1"],
        SecurityGroups=["sg-1"],
        Logs={"General": True},
        Users=[{"Username": "app", "Password": "password-password"}],
    )["BrokerId"]
    shown = mq.describe_broker(BrokerId=broker)
    kept = {name: shown[name] for name in ("EngineType", "SubnetIds", "SecurityGroups", "Logs")}
    assert kept == {
        "EngineType": "RabbitMQ",
        "SubnetIds": ["subnet-1"],
        "SecurityGroups": ["sg-1"],
        "Logs": {"General": True},
    }
    assert "Users" not in shown
    endpoint = f"amqps://b-{broker}.mq.us-east-1.on.aws:5671"
    assert shown["BrokerInstances"][0]["Endpoints"] == [endpoint]


def test_a_domain_is_signed_for_by_keys_of_the_length_asked_for(server: Server) -> None:
    ses = server.client("sesv2")
    length = {"NextSigningKeyLength": "RSA_1024_BIT"}
    made = ses.create_email_identity(EmailIdentity="example.net", DkimSigningAttributes=length)
    assert len(made["DkimAttributes"]["Tokens"]) == 3
    ses.put_email_identity_dkim_signing_attributes(
        EmailIdentity="example.net",
        SigningAttributesOrigin="AWS_SES",
        SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
    )
    dkim = ses.get_email_identity(EmailIdentity="example.net")["DkimAttributes"]
    lengths = dkim["CurrentSigningKeyLength"], dkim["NextSigningKeyLength"]
    assert lengths == ("RSA_1024_BIT", "RSA_2048_BIT")
    assert dkim["SigningEnabled"]


def test_a_table_takes_a_record_only_once(server: Server) -> None:
    dynamodb = server.client("dynamodb")
    create_releases_table(dynamodb, "records")

    def put(number: int) -> None:
        dynamodb.put_item(
            TableName="records",
            Item={"stack": {"S": "app"}, "number": {"N": str(number)}},
            ConditionExpression="attribute_not_exists(stack)",
        )

    for number in (9, 10, 11):
        put(number)
    with pytest.raises(ClientError, match="ConditionalCheckFailedException"):
        put(10)
    newest = dynamodb.query(
        TableName="records",
        KeyConditionExpression="stack = :stack",
        ExpressionAttributeValues={":stack": {"S": "app"}},
        ScanIndexForward=False,
        Limit=2,
    )["Items"]
    assert [item["number"]["N"] for item in newest] == ["11", "10"]


def test_a_scaling_policy_that_is_changed_keeps_its_name_for_alarms(server: Server) -> None:
    scaling = server.client("application-autoscaling")
    place = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/c/worker",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**place, MinCapacity=0, MaxCapacity=5)
    arns = {
        scaling.put_scaling_policy(
            **place,
            PolicyName="wake",
            PolicyType="StepScaling",
            StepScalingPolicyConfiguration={"AdjustmentType": "ChangeInCapacity", "Cooldown": n},
        )["PolicyARN"]
        for n in (60, 120)
    }
    assert len(arns) == 1, "the alarm would call a policy that is gone"
