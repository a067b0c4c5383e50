"""Backups: apart from what they save, complete, and loud when they fail."""

import json

import pytest

from infra.components.backup import failed_jobs
from planning.recording import Recording
from tests.infra.planned import document, statements, waits_for
from tests.support.tokens import INSTANCE, PLAN, TOPIC, VAULT

LOCK = "aws:backup/vaultLockConfiguration:VaultLockConfiguration"
SELECTION = "aws:backup/selection:Selection"
EVENT_RULE = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy"


def rules(recording: Recording) -> dict[str, dict[str, object]]:
    return {each["ruleName"]: dict(each) for each in recording.only(PLAN).inputs["rules"]}


class TestThePlan:
    """What is promised: any second of 35 days, any day of a month, any month of a year."""

    def test_recovers_continuously_and_keeps_snapshots_apart(self, prod: Recording) -> None:
        found = rules(prod)
        assert list(found) == ["continuous", "daily", "weekly", "monthly"]
        continuous = [name for name, rule in found.items() if rule["enableContinuousBackup"]]
        assert continuous == ["continuous"], "a point that may be kept for 35 days at most"
        kept = {name: rule["lifecycle"] for name, rule in found.items()}
        assert kept == {
            "continuous": {"deleteAfter": 35},
            "daily": {"deleteAfter": 35},
            "weekly": {"deleteAfter": 90},
            "monthly": {"deleteAfter": 365},
        }

    def test_has_only_snapshots_where_continuous_is_off(self, bare: Recording) -> None:
        assert "continuous" not in rules(bare)
        assert not [rule for rule in rules(bare).values() if rule["enableContinuousBackup"]]

    def test_happens_when_the_settings_say(self, prod: Recording) -> None:
        assert rules(prod)["weekly"]["schedule"] == "cron(0 3 ? * SAT *)"

    def test_gives_each_job_time(self, prod: Recording) -> None:
        for name, rule in rules(prod).items():
            start, end = int(str(rule["startWindow"])), int(str(rule["completionWindow"]))
            assert start >= 60, f"{name}: AWS refuses less"
            assert end >= start + 60, f"{name}: AWS refuses a job that ends before it may start"

    def test_lies_in_the_stacks_vault(self, prod: Recording) -> None:
        targets = {rule["targetVaultName"] for rule in rules(prod).values()}
        assert targets == {"flaskapp-prod-vault"} == {prod.outputs["vault_name"]}


class TestTheSelection:
    """A plan that selects nothing succeeds every night."""

    @pytest.mark.parametrize("shape", ["prod", "staging", "bare"])
    def test_is_the_tag_that_the_database_has(
        self, shape: str, request: pytest.FixtureRequest
    ) -> None:
        recording: Recording = request.getfixturevalue(shape)
        (tag,) = recording.only(SELECTION).inputs["selectionTags"]
        assert tag["type"] == "STRINGEQUALS"
        assert recording.only(INSTANCE).inputs["tags"][tag["key"]] == tag["value"], (
            "nothing is backed up"
        )

    def test_is_of_this_stack_alone(self, prod: Recording, staging: Recording) -> None:
        values = {
            each.only(SELECTION).inputs["selectionTags"][0]["value"] for each in (prod, staging)
        }
        assert len(values) == 2, "one stack's plan saves the other's database, and pays for it"

    def test_marks_nothing_else(self, prod: Recording) -> None:
        tagged = [each.type for each in prod.custom if "Backup" in each.inputs.get("tags", {})]
        assert tagged == [INSTANCE], "something is saved that nobody restores"

    def test_waits_until_the_role_may_work(self, prod: Recording) -> None:
        waited = waits_for(prod, prod.only(SELECTION))
        attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment flaskapp-prod-backup"
        assert attachment in waited, "the first night's job fails"


class TestTheVault:
    """Whoever deletes the database should not be able to delete its backups too."""

    def test_is_locked_for_as_long_as_its_points_live(self, prod: Recording) -> None:
        lock = prod.only(LOCK).inputs
        assert (lock["minRetentionDays"], lock["maxRetentionDays"]) == (35, 365), (
            "a job is refused by its own vault, or a point may go early"
        )
        assert "changeableForDays" not in lock, "after three days not even AWS can take it off"

    def test_can_be_unlocked_by_its_setting(self, prod: Recording, tuned: Recording) -> None:
        assert not prod.only(LOCK).protect, "the documented way to destroy prod would be refused"
        assert not tuned.of_type(LOCK), "the setting does nothing"
        assert tuned.only(VAULT).protect, "the vault loses its protection with the lock"

    def test_is_emptied_only_where_the_settings_say_so(
        self, prod: Recording, staging: Recording
    ) -> None:
        assert prod.only(VAULT).inputs["forceDestroy"] is False, "destroy takes the backups along"
        assert staging.only(VAULT).inputs["forceDestroy"] is True, "make down stops halfway"

    def test_has_a_name_that_a_person_can_type(self, prod: Recording) -> None:
        assert prod.only(VAULT).inputs["name"] == "flaskapp-prod-vault"


class TestFailures:
    """A backup that fails in silence is found on the day it is needed."""

    def test_are_told_to_the_topic(self, prod: Recording) -> None:
        target = prod.only(EVENT_TARGET)
        used = {prod.by_urn[urn].type for urn in target.depends_on}
        assert {TOPIC, EVENT_RULE} <= used, "nobody hears of it"
        assert target.inputs["arn"] == prod.outputs["topic_arn"]

    def test_are_all_ways_in_which_a_job_does_not_complete(self, prod: Recording) -> None:
        pattern = json.loads(prod.only(EVENT_RULE).inputs["eventPattern"])
        assert pattern["source"] == ["aws.backup"]
        assert pattern["detail-type"] == ["Backup Job State Change"]
        assert set(pattern["detail"]["state"]) == {"FAILED", "ABORTED", "EXPIRED"}, "one is missed"

    def test_are_those_of_this_vault(self, prod: Recording) -> None:
        pattern = json.loads(prod.only(EVENT_RULE).inputs["eventPattern"])
        (vault,) = pattern["detail"]["backupVaultArn"]
        assert vault.endswith(":backup-vault:flaskapp-prod-vault"), "the neighbours' alarms"
        assert failed_jobs("x")["detail"] == {
            "state": ["FAILED", "ABORTED", "EXPIRED"],
            "backupVaultArn": ["x"],
        }

    def test_may_be_published_by_that_rule_alone(self, prod: Recording) -> None:
        (statement,) = statements(prod.only(TOPIC_POLICY))
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Action"] == "sns:Publish"
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert source.endswith(prod.only(EVENT_TARGET).inputs["rule"]), "any rule may, or none"
        assert document(prod.only(TOPIC_POLICY))["Version"] == "2012-10-17"
