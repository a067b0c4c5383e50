"""The key of the sessions: made once, kept in one place, and nowhere in the open."""

import json

from infra.components.credentials import Credentials, CredentialsArgs
from planning.recording import Recording, Resource, record
from tests.infra.planned import prefix, processes, task, waits_for
from tests.support.tokens import SECRET

VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def secret(recording: Recording) -> Resource:
    return recording.named(f"{prefix(recording)}-secret-key", SECRET)


def version(recording: Recording) -> Resource:
    return recording.named(f"{prefix(recording)}-secret-key", VERSION)


def value(recording: Recording) -> str:
    return str(version(recording).inputs["secretString"])


class TestTheSecretKey:
    """Whoever has it can be anybody: it signs the sessions."""

    def test_is_long_and_another_one_for_each_stack(self) -> None:
        args = CredentialsArgs(kms_key_arn=None, values={}, recovery_window_days=0, protect=False)
        first, second = (
            str(record(lambda: Credentials("n", args), stack="a").only(VERSION).inputs)
            for _ in range(2)
        )
        assert len(first) >= 32, "it can be guessed"
        assert first != second, "staging's sessions are prod's"

    def test_is_encrypted_in_the_state(self, prod: Recording) -> None:
        assert version(prod).secret_inputs == {"secretString"}, "the state shows it"

    def test_stays_what_it_is_with_each_update(self, prod: Recording) -> None:
        assert "secretString" in version(prod).ignore_changes, "each update logs everybody out"
        assert not version(prod).protect, "a rotation would be refused"

    def test_is_in_no_other_resource_and_no_output(self, prod: Recording) -> None:
        others = [each for each in prod.resources if each is not version(prod)]
        everything = json.dumps([dict(each.inputs) for each in others], default=str)
        assert value(prod) not in everything + str(prod.outputs), "it can be read in the console"

    def test_can_be_restored_for_a_month_in_prod_and_is_gone_at_once_in_staging(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert secret(prod).inputs["recoveryWindowInDays"] == 30, "a mistake is for ever"
        assert secret(staging).inputs["recoveryWindowInDays"] == 0, (
            "the name is taken for weeks and make up fails"
        )

    def test_is_there_before_any_task_asks_for_it(self, prod: Recording) -> None:
        for process in processes(prod):
            waited = waits_for(prod, task(prod, process))
            assert version(prod).label in waited, f"the first tasks of {process} do not start"

    def test_has_no_name_that_a_deleted_one_still_holds(self, prod: Recording) -> None:
        assert "name" not in secret(prod).inputs, "a stack cannot be made again for 30 days"
