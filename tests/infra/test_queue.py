"""The queues: a job is worked on once at a time, tried a few times, and never lost in silence."""

import json
from typing import Any

import pytest

from planning.recording import Recording, Resource
from tests.infra.planned import statements
from tests.support.tokens import QUEUE

POLICY = "aws:sqs/queuePolicy:QueuePolicy"
ALLOW = "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy"
NAME, DEAD = "flaskapp-prod-worker", "flaskapp-prod-worker-dead-letters"


def queue(recording: Recording, name: str = NAME) -> Resource:
    return recording.named(name, QUEUE)


def arn(recording: Recording, name: str) -> str:
    """A queue's ARN, as its own policy names it."""
    (statement,) = statements(recording.named(name, POLICY))
    return str(statement["Resource"])


class TestAQueue:
    """One for each process that a setting gives one."""

    def test_hides_a_job_for_longer_than_it_may_take(self, tuned: Recording) -> None:
        assert queue(tuned).inputs["visibilityTimeoutSeconds"] == 1000 + 60, (
            "a second worker takes a job that the first one is still at"
        )

    def test_keeps_a_job_for_as_long_as_is_set(self, tuned: Recording) -> None:
        assert queue(tuned).inputs["messageRetentionSeconds"] == 9 * 86_400

    def test_puts_a_job_aside_after_its_last_try(self, tuned: Recording) -> None:
        redrive = json.loads(queue(tuned).inputs["redrivePolicy"])
        assert redrive == {"deadLetterTargetArn": arn(tuned, DEAD), "maxReceiveCount": 3}, (
            "a job that always fails is tried until it expires, and is gone"
        )

    @pytest.mark.parametrize("name", [NAME, DEAD])
    def test_waits_for_jobs_instead_of_asking_all_the_time(
        self, prod: Recording, name: str
    ) -> None:
        assert queue(prod, name).inputs["receiveWaitTimeSeconds"] == 20, (
            "every empty answer is paid for"
        )

    @pytest.mark.parametrize("name", [NAME, DEAD])
    def test_is_encrypted_with_the_stacks_key(self, prod: Recording, name: str) -> None:
        inputs = queue(prod, name).inputs
        assert ":key/" in inputs["kmsMasterKeyId"], "jobs can be read without a right to the key"
        assert "sqsManagedSseEnabled" not in inputs, "SQS refuses both at once"

    @pytest.mark.parametrize("name", [NAME, DEAD])
    def test_is_encrypted_by_sqs_where_there_is_no_key(self, keyless: Recording, name: str) -> None:
        inputs = queue(keyless, name).inputs
        assert inputs["sqsManagedSseEnabled"] is True, "jobs lie there in the open"
        assert "kmsMasterKeyId" not in inputs

    @pytest.mark.parametrize("name", [NAME, DEAD])
    def test_refuses_calls_without_tls(self, prod: Recording, name: str) -> None:
        (statement,) = statements(prod.named(name, POLICY))
        assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, (
            "a job could be read on its way"
        )

    @pytest.mark.parametrize("name", [NAME, DEAD])
    def test_is_protected_with_the_jobs_in_it_but_its_policy_may_change(
        self, prod: Recording, staging: Recording, name: str
    ) -> None:
        assert queue(prod, name).protect, "a process with another name loses its waiting jobs"
        assert not prod.named(name, POLICY).protect
        assert not any(each.protect for each in staging.of_type(QUEUE)), "make down stops there"

    def test_is_not_there_for_a_process_without_one(self, prod: Recording) -> None:
        assert {each.name for each in prod.of_type(QUEUE)} == {NAME, DEAD}


class TestDeadLetters:
    """What nobody could do: somebody must be able to look at it, and to send it again."""

    def test_stay_as_long_as_sqs_can_keep_them(self, prod: Recording) -> None:
        assert queue(prod, DEAD).inputs["messageRetentionSeconds"] == 14 * 86_400, (
            "they are gone before anybody looks"
        )

    def test_come_from_their_queue_alone(self, prod: Recording) -> None:
        allowed = json.loads(prod.only(ALLOW).inputs["redriveAllowPolicy"])
        assert allowed == {"redrivePermission": "byQueue", "sourceQueueArns": [arn(prod, NAME)]}, (
            "any queue of the account could put its own there"
        )


class TestItsTexts:
    """SQS gives its policies back without blanks."""

    @pytest.mark.parametrize(
        ("kind", "key"), [(QUEUE, "redrivePolicy"), (ALLOW, "redriveAllowPolicy")]
    )
    def test_have_no_blanks(self, prod: Recording, kind: str, key: str) -> None:
        texts: list[Any] = [each.inputs[key] for each in prod.of_type(kind) if key in each.inputs]
        assert texts
        assert not any(" " in text for text in texts), "each preview shows a change"
