"""RabbitMQ: private, asked for a password that only tasks know, instead of SQS."""

import pytest

from planning.recording import Recording
from tests.infra.planned import RABBITMQ, plan, waits_for
from tests.support.tokens import BROKER, EGRESS, INGRESS, QUEUE, SCALING_POLICY, SECRET_VERSION

NAME = "flaskapp-prod-broker"
PASSWORD, URL = f"{NAME}-password", f"{NAME}-url"


def kept(recording: Recording, name: str) -> str:
    return str(recording.named(name, SECRET_VERSION).inputs["secretString"])


class TestTheBroker:
    """Every job passes through it."""

    def test_is_a_cluster_in_several_zones_where_that_is_set(self, rabbitmq: Recording) -> None:
        inputs = rabbitmq.only(BROKER).inputs
        assert inputs["deploymentMode"] == "CLUSTER_MULTI_AZ"
        assert len(inputs["subnetIds"]) == 3

    def test_is_one_node_in_one_subnet_else(self) -> None:
        changes = {
            **RABBITMQ,
            "broker.multi-az": False,
            "broker.instance-class": "mq.t3.micro",
            "safeguards.redundancy-required": False,
        }
        inputs = plan(changes).only(BROKER).inputs
        assert (inputs["deploymentMode"], inputs["hostInstanceType"]) == (
            "SINGLE_INSTANCE",
            "mq.t3.micro",
        )
        assert len(inputs["subnetIds"]) == 1, "Amazon MQ refuses a node in several subnets"

    def test_has_no_public_address(self, rabbitmq: Recording) -> None:
        assert rabbitmq.only(BROKER).inputs["publiclyAccessible"] is False

    def test_writes_the_only_log_that_rabbitmq_has(self, rabbitmq: Recording) -> None:
        assert rabbitmq.only(BROKER).inputs["logs"] == {"general": True}, (
            "Amazon MQ refuses an audit log for RabbitMQ"
        )

    def test_takes_patches_by_itself(self, rabbitmq: Recording) -> None:
        assert rabbitmq.only(BROKER).inputs["autoMinorVersionUpgrade"] is True, (
            "Amazon MQ refuses RabbitMQ 3.13 and later without"
        )

    def test_is_protected_with_the_jobs_in_it(self, rabbitmq: Recording) -> None:
        assert rabbitmq.only(BROKER).protect

    @pytest.mark.parametrize("tasks", ["service", "jobs"])
    def test_can_be_reached_by_tasks_with_tls_alone(self, rabbitmq: Recording, tasks: str) -> None:
        for name, kind in ((f"{NAME}-{tasks}-out", EGRESS), (f"{NAME}-{tasks}-in", INGRESS)):
            rule = rabbitmq.named(name, kind).inputs
            assert (rule["fromPort"], rule["toPort"]) == (5671, 5671)


class TestItsPassword:
    """Drawn once: Amazon MQ would make another broker for another one."""

    def test_is_the_one_that_was_kept_first(self, rabbitmq: Recording) -> None:
        broker = rabbitmq.only(BROKER)
        assert "secretString" in rabbitmq.named(PASSWORD, SECRET_VERSION).ignore_changes
        assert not broker.ignore_changes, "the update after a refresh has no user to give"
        (user,) = broker.inputs["users"]
        assert user == {"username": "app", "password": kept(rabbitmq, PASSWORD)}
        assert f"{SECRET_VERSION} {PASSWORD}" in waits_for(rabbitmq, broker)

    def test_is_secret_and_in_the_address_that_tasks_get(self, rabbitmq: Recording) -> None:
        assert "users" in rabbitmq.only(BROKER).secret_inputs
        assert "secretString" in rabbitmq.named(URL, SECRET_VERSION).secret_inputs
        head, _, host = kept(rabbitmq, URL).partition("@")
        assert head == f"amqps://app:{kept(rabbitmq, PASSWORD)}"
        assert host.endswith(":5671/%2F"), "no virtual host, or no TLS"


class TestTheKindOfBroker:
    """One of the two carries jobs."""

    def test_rabbitmq_leaves_sqs_out(self, rabbitmq: Recording, prod: Recording) -> None:
        assert not rabbitmq.of_type(QUEUE)
        names = {each.name for each in rabbitmq.of_type(SCALING_POLICY)}
        assert "flaskapp-prod-worker-backlog" not in names, "no such queue is measured"
        assert not prod.of_type(BROKER)

    def test_is_not_made_where_no_process_has_jobs(self) -> None:
        recording = plan({**RABBITMQ, "queues": {}})
        assert not recording.of_type(BROKER), "a broker costs, and carries nothing"
