"""The application's secret: made once, kept in one place, and nowhere in the open."""

import json

from infra.components.credentials import Credentials, CredentialsArgs
from planning.recording import Recording, record
from tests.infra.planned import container, plan, waits_for
from tests.support.tokens import SECRET, TASK_DEFINITION

VERSION = "aws:secretsmanager/secretVersion:SecretVersion"


def value(recording: Recording) -> str:
    return str(recording.only(VERSION).inputs["secretString"])


class TestTheSecretKey:
    """Whoever has it can be anybody: it signs the sessions."""

    def test_is_long_and_another_one_for_each_stack(self) -> None:
        args = CredentialsArgs(kms_key_arn=None, recovery_window_days=0, protect=False)
        first, second = (record(lambda: Credentials("n", args), stack="a") for _ in range(2))
        assert len(value(first)) >= 32, "it can be guessed"
        assert value(first) != value(second), "staging's sessions are prod's"

    def test_is_encrypted_in_the_state(self, prod: Recording) -> None:
        assert prod.only(VERSION).secret_inputs == {"secretString"}, "the state shows it"

    def test_stays_what_it_is_with_each_update(self, prod: Recording) -> None:
        version = prod.only(VERSION)
        assert "secretString" in version.ignore_changes, "each update logs everybody out"
        assert not version.protect, "a rotation would be refused"

    def test_is_in_no_other_resource_and_no_output(self, prod: Recording) -> None:
        others = [each for each in prod.resources if each.type != VERSION]
        everything = json.dumps([dict(each.inputs) for each in others], default=str)
        assert value(prod) not in everything + str(prod.outputs), "it can be read in the console"

    def test_can_be_restored_for_a_month_in_prod_and_is_gone_at_once_in_staging(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert prod.only(SECRET).inputs["recoveryWindowInDays"] == 30, "a mistake is for ever"
        assert staging.only(SECRET).inputs["recoveryWindowInDays"] == 0, (
            "the name is taken for weeks and make up fails"
        )

    def test_is_there_before_a_task_asks_for_it(self, prod: Recording) -> None:
        waited = waits_for(prod, prod.only(TASK_DEFINITION))
        assert f"{VERSION} flaskapp-prod-secret-key" in waited, "the first tasks do not start"

    def test_has_no_name_that_a_deleted_one_still_holds(self, prod: Recording) -> None:
        assert "name" not in prod.only(SECRET).inputs, "a stack cannot be made again for 30 days"


class TestWhatTasksGet:
    """ECS puts secrets into the task by their ARN, so that no definition holds one."""

    def test_is_secrets_by_arn_alone(self, prod: Recording) -> None:
        secrets = {each["name"]: each["valueFrom"] for each in container(prod)["secrets"]}
        assert set(secrets) == {"DATABASE_PASSWORD", "SECRET_KEY"}, "the application does not start"
        assert all(each.startswith("arn:aws:secretsmanager:") for each in secrets.values())
        assert secrets["DATABASE_PASSWORD"].endswith(":password::"), "it gets the whole JSON"

    def test_has_no_secret_in_its_environment(self, prod: Recording) -> None:
        environment = {each["name"]: each["value"] for each in container(prod)["environment"]}
        words = ("PASSWORD", "SECRET", "TOKEN", "KEY")
        # KEEP_ALIVE is a number of seconds.
        named = [name for name in environment if any(word in name for word in words)]
        assert not named, "everybody who may look at a task reads it"
        assert value(prod) not in str(environment)

    def test_is_not_secret_itself_so_that_a_change_of_it_can_be_seen(self, prod: Recording) -> None:
        assert "containerDefinitions" not in prod.only(TASK_DEFINITION).secret_inputs, (
            "a single secret would hide every change of the task"
        )

    def test_is_the_same_text_each_time(self) -> None:
        definitions = [
            plan(changes).only(TASK_DEFINITION).inputs["containerDefinitions"]
            for changes in ({}, {"service.spot": True})
        ]
        assert definitions[0] == definitions[1], "each update makes a new revision and rolls it out"
