"""What processes are told of queues, storage, cache and mail, and what they may do with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.settings import Settings
from planning.recording import Recording
from tests.infra.planned import plan, processes, settings, statements, task, waits_for
from tests.support.stacks import config_of
from tests.support.tokens import EGRESS, INGRESS, ROLE_POLICY

QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy"
SENDING = {"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"}
TAKING = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage"}
TWO_QUEUES = {
    "queues.schedule": {
        "longest-job-seconds": 30,
        "max-receives": 2,
        "retention-days": 1,
        "backlog-per-task": 1,
    }
}


def container(recording: Recording, process: str) -> dict[str, Any]:
    (found,) = json.loads(task(recording, process).inputs["containerDefinitions"])
    return dict(found)


def environment(recording: Recording, process: str = "worker") -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(recording, process)["environment"]}


def secrets(recording: Recording, process: str = "worker") -> dict[str, str]:
    return {each["name"]: each["valueFrom"] for each in container(recording, process)["secrets"]}


def rights(recording: Recording, process: str) -> list[dict[str, Any]]:
    """The statements of a process's task role."""
    (policy,) = (
        each for each in recording.of_type(ROLE_POLICY) if each.name.endswith(f"-{process}-task")
    )
    return statements(policy)


def of_service(found: list[dict[str, Any]], service: str) -> Iterator[dict[str, Any]]:
    return (each for each in found if each["Action"][0].startswith(f"{service}:"))


def url(recording: Recording, name: str) -> str:
    """A queue's address, as its policy names it."""
    return str(recording.named(name, QUEUE_POLICY).inputs["queueUrl"])


class TestWhatProcessesAreTold:
    """docs/your-application.md promises these names."""

    @pytest.mark.parametrize("process", ["web", "worker", "schedule", "release"])
    def test_is_the_same_for_each(self, tuned: Recording, process: str) -> None:
        found = environment(tuned, process)
        assert found["BROKER_URL"] == "sqs://"
        assert found["QUEUE_URL_WORKER"] == url(tuned, "flaskapp-prod-worker")
        assert found["JOB_LIMIT_SECONDS_WORKER"] == "1000", "jobs are never ended"
        bucket = found["DEFAULT_STORAGE_DSN"]
        assert bucket.startswith("s3://flaskapp-prod-media-")
        assert bucket.endswith("/media/?region=us-east-1")
        assert found["MAIL_URL"] == "ses://us-east-1"
        assert found["MAIL_FROM"] == "The polls <polls@mail.example.com>"

    def test_is_a_bare_address_for_a_sender_without_a_name(self, prod: Recording) -> None:
        assert environment(prod)["MAIL_FROM"] == "no-reply@example.com"

    def test_names_each_queue_by_its_process(self) -> None:
        found = environment(plan(TWO_QUEUES))
        assert {"QUEUE_URL_WORKER", "QUEUE_URL_SCHEDULE", "JOB_LIMIT_SECONDS_SCHEDULE"} <= set(
            found
        )

    def test_names_a_process_with_a_hyphen_as_a_variable_can(self) -> None:
        config = config_of("prod")
        changes = {
            "processes": {"night-worker": config["processes"]["worker"]},
            "queues": {"night-worker": config["queues"]["worker"]},
        }
        procfile = "web: python -m app web\nnight-worker: python -m app worker\n"
        found = environment(plan(changes, procfile=procfile), "night-worker")
        assert {"QUEUE_URL_NIGHT_WORKER", "JOB_LIMIT_SECONDS_NIGHT_WORKER"} <= set(found), (
            "no shell can read it"
        )

    def test_is_the_cache_in_exactly_one_version_and_never_in_plain(self, prod: Recording) -> None:
        reference = secrets(prod)["CACHE_URL"]
        assert reference.startswith("arn:aws:secretsmanager:")
        assert ":::" in reference.removeprefix("arn:aws:secretsmanager:"), "not a whole secret"
        assert not reference.endswith(":"), "another cache would be no new release"
        assert "CACHE_URL" not in environment(prod)

    @pytest.mark.parametrize("tasks", ["service", "jobs"])
    def test_is_told_once_the_way_there_is_open(self, prod: Recording, tasks: str) -> None:
        waited = waits_for(prod, task(prod, "worker"))
        assert f"{EGRESS} flaskapp-prod-cache-{tasks}-out" in waited, "the first tasks time out"
        assert f"{INGRESS} flaskapp-prod-cache-{tasks}-in" in waited

    def test_is_the_broker_as_a_secret_where_it_has_a_password(self, rabbitmq: Recording) -> None:
        assert ":::" in secrets(rabbitmq)["BROKER_URL"]
        found = environment(rabbitmq)
        assert "BROKER_URL" not in found, "the password stands in the task definition"
        assert "QUEUE_URL_WORKER" not in found
        assert found["JOB_LIMIT_SECONDS_WORKER"] == "300"

    def test_is_nothing_of_what_is_off(self, bare: Recording) -> None:
        names = {*environment(bare), *secrets(bare)}
        words = ("BROKER", "QUEUE", "JOB", "STORAGE", "CACHE", "MAIL")
        assert not [name for name in names if any(word in name for word in words)], (
            "the application would use what is not there"
        )


class TestWhatProcessesMayDo:
    """A stolen web task must not be able to take jobs, or read beyond its prefix."""

    @pytest.mark.parametrize("process", ["web", "schedule", "worker"])
    def test_is_to_send_jobs_to_every_queue(self, process: str) -> None:
        recording = plan(TWO_QUEUES)
        (sending,) = (s for s in rights(recording, process) if set(s["Action"]) == SENDING)
        assert len(sending["Resource"]) == 2
        assert not any("*" in arn or "dead" in arn for arn in sending["Resource"])

    def test_is_to_take_jobs_from_the_own_queue_alone(self) -> None:
        recording = plan(TWO_QUEUES)
        for process in processes(recording):
            taking = [s for s in rights(recording, process) if TAKING & set(s["Action"])]
            queues = [s["Resource"].rpartition(":")[2] for s in taking]
            own = [f"flaskapp-prod-{process}-"] if process in ("worker", "schedule") else []
            assert len(queues) == len(own), f"{process} could take what others should do"
            assert all(name.startswith(start) for name, start in zip(queues, own, strict=True))

    def test_is_to_use_files_below_the_prefix(self, prod: Recording) -> None:
        objects, listing = of_service(rights(prod, "web"), "s3")
        assert objects["Resource"].startswith("arn:aws:s3:::flaskapp-prod-media-")
        assert objects["Resource"].endswith("/media/*"), "it could read what others keep there"
        assert listing["Action"] == ["s3:ListBucket"]
        assert listing["Condition"] == {"StringLike": {"s3:prefix": ["media/*"]}}
        assert not {"s3:DeleteObjectVersion", "s3:PutBucketPolicy"} & set(objects["Action"]), (
            "what is deleted could not be brought back"
        )

    def test_is_to_send_mail_from_the_stacks_domain(self, tuned: Recording) -> None:
        (sending,) = of_service(rights(tuned, "web"), "ses")
        assert sending["Resource"].endswith(":identity/mail.example.com"), (
            "it could send in the name of any domain of the account"
        )

    def test_is_to_use_the_key_through_these_services_alone(self, prod: Recording) -> None:
        (using,) = of_service(rights(prod, "web"), "kms")
        assert using["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"], "jobs cannot be sent"
        assert using["Condition"]["StringEquals"]["kms:ViaService"] == [
            "sqs.us-east-1.amazonaws.com",
            "s3.us-east-1.amazonaws.com",
        ], "it could decrypt the database's secrets"

    def test_is_nothing_with_what_is_off(self, bare: Recording) -> None:
        for process in processes(bare):
            services = {each["Action"][0].partition(":")[0] for each in rights(bare, process)}
            assert not services & {"sqs", "s3", "ses", "kms"}


class TestWhatOperatorsAreTold:
    """The names are those of the metrics that an alarm is about."""

    def test_is_each_queue_with_its_dead_letters(self, prod: Recording) -> None:
        names = {key: prod.outputs[key] for key in ("queue_names", "dead_letter_names")}
        assert names["queue_names"]["worker"].startswith("flaskapp-prod-worker-")
        assert names["dead_letter_names"]["worker"].startswith("flaskapp-prod-worker-dead-letters")
        assert prod.outputs["queue_urls"]["worker"].endswith(names["queue_names"]["worker"])

    def test_is_empty_where_there_is_nothing(self, bare: Recording) -> None:
        assert bare.outputs["queue_urls"] == {}
        assert bare.outputs["bucket_name"] == bare.outputs["cache_endpoint"] == ""

    def test_is_that_the_examples_sender_is_nobodys(self) -> None:
        assert "mail.from-address" in settings().placeholders(), (
            "SES waits for ever for the proof that example.com is ours"
        )
        assert "mail.from-address" not in settings({"mail.enabled": False}).placeholders()

    def test_warns_of_mail_without_a_way_out(self) -> None:
        def warned(found: Settings) -> bool:
            return any("SES" in line for line in found.warnings())

        assert warned(settings({"network.egress": "none"})), "mail fails after a minute each"
        assert not warned(settings())
