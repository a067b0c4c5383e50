"""`rollback`: an earlier release's tasks again, watched to the end."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import click
import pytest

from infra.naming import GATES_PARTITION, PARTITION_KEY, ROLLBACK_NOTICE, SORT_KEY
from ops import journal
from release import rollback_notice
from release.record import PhaseResult, Record, RestorePoint
from release.rollback_notice import RollbackNotice
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.deploying import Deploying
from tests.ops.running import Running
from tests.ops.stack import (
    ACCOUNT,
    NOW,
    PREFIX,
    PROCESSES,
    REGION,
    RELEASES,
    Stack,
    client,
    definition_arn,
    image,
)

ROLE = f"{PREFIX}-execution"


@pytest.fixture
def cloud(running: Running, aws: Calls, monkeypatch: pytest.MonkeyPatch) -> Deploying:
    """Release 3 serves, every image is there, and RDS keeps a week of backups."""
    aws.answer(
        "ecr:DescribeImages",
        {
            "imageDetails": [
                {
                    "imageDigest": image(number).partition("@")[2],
                    "imagePushedAt": NOW,
                    "imageTags": [f"t{number}"],
                }
                for number in range(1, RELEASES + 1)
            ]
        },
    )
    aws.answer(
        "rds:DescribeDBInstanceAutomatedBackups",
        {
            "DBInstanceAutomatedBackups": [
                {"RestoreWindow": {"EarliestTime": NOW - timedelta(days=7), "LatestTime": NOW}}
            ]
        },
    )
    return Deploying.on(running, aws, monkeypatch)


def _release(stack: Stack, **changes: Any) -> Record:
    """One more release that succeeded, as release 3 but for the changes."""
    return stack.ledger.open(dataclasses.replace(stack.records[-1], **changes))


def _secret(name: str) -> str:
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{PREFIX}-{name}-AbCdEf"


def _cite(aws: Calls, cited: Mapping[str, Mapping[int, Sequence[str]]]) -> None:
    """Let revisions cite what is given by process and number, and all others nothing."""

    def describe(asked: Mapping[str, Any]) -> Mapping[str, Any]:
        family, _, number = asked["taskDefinition"].rpartition("/")[2].partition(":")
        process = family.removeprefix(f"{PREFIX}-")
        told = cited.get(process, {}).get(int(number), ())
        secrets = [{"name": f"NAME_{place}", "valueFrom": text} for place, text in enumerate(told)]
        return {
            "taskDefinition": {
                "taskDefinitionArn": asked["taskDefinition"],
                "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}",
                "status": "ACTIVE",
                "containerDefinitions": [{"name": process, "secrets": secrets}],
            }
        }

    aws.answer("ecs:DescribeTaskDefinition", describe)


def _notice(stack: Stack) -> RollbackNotice | None:
    """What the program's next preview reads."""
    key = {PARTITION_KEY: {"S": GATES_PARTITION}, SORT_KEY: {"N": str(ROLLBACK_NOTICE)}}
    answer = stack.dynamodb.get_item(TableName=stack.outputs.releases_table_name, Key=key)
    return rollback_notice.read(json.dumps(answer["Item"]))


def _all(number: int) -> dict[str, str]:
    return {name: definition_arn(name, number).rpartition("/")[2] for name in PROCESSES}


class TestGoingBack:
    """Every process runs the earlier release's task definitions, and a record says so."""

    def test_is_to_the_release_before_the_one_that_serves(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert cloud.deployed() == _all(2)
        assert "Release 2 serves again, as release 4." in done.out
        assert done.out.splitlines()[-1] == (
            "Until `pulumi up` changes something, which brings back what the program describes "
            "(release 3), previews warn of this: correct the program first."
        )
        made = stack.ledger.latest()
        assert made is not None
        assert (made.verdict, made.rollback_to, made.image) == ("succeeded", 2, image(2))
        assert made.task_definitions["web"] == definition_arn("web", 2)
        assert made.task_definitions["console"] == definition_arn("console", 2), (
            "`bin/ops shell` would have another release's"
        )
        assert made.task_definitions["release"] == definition_arn("release", 2), (
            "`run` would take the code that was gone away from"
        )

    def test_is_to_the_release_that_is_named(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        assert ops("rollback", "1", "--yes").code == 0
        assert cloud.deployed() == _all(1)

    def test_says_first_what_will_run_and_asks(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("rollback", input="n\n")
        assert "Rollback of staging to release 2 (commit 000000000000" in done.err
        assert "from release 3:" in done.err
        assert "  web: flaskapp-staging-web:3 -> flaskapp-staging-web:2" in done.err
        assert "What was changed since has its old value again." in done.err
        assert (done.code, cloud.asked) == (1, [])
        assert done.err.endswith("Nothing was changed.")
        assert len(stack.ledger.history()) == RELEASES, "a record of what nobody did"

    def test_needs_the_name_of_a_protected_stack(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        stack.publish(protected=True)
        assert ops("rollback", "--yes").code == 2, "--yes is no consent to that"
        assert ops("rollback", input="stagin\n").code == 1
        assert not cloud.asked
        assert ops("rollback", input="staging\n").code == 0
        assert cloud.deployed() == _all(2)

    def test_is_journalled(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        ops("rollback", "--yes")
        (entry,) = journal.newest(stack.dynamodb, stack.outputs.releases_table_name, 5)
        assert (entry.verb, entry.what) == ("rollback", "rollback to release 2 from release 3")

    def test_tells_a_program_all_of_it(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("rollback", "--yes", "--json")
        told = json.loads(done.out)
        assert told["release"]["rollback_to"] == 2
        assert told["database_fits"] is False
        assert told["migrated_by"] == [3]
        assert told["restore_state"]["possible"] is True
        assert told["changed"] is True
        assert told["program_describes"] == 3

    def test_is_told_to_the_program_until_its_own_release_serves(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("rollback", "1", "--yes")
        notice = _notice(stack)
        assert notice is not None, "no preview warns of it"
        assert (notice.release, notice.back_to, notice.described) == (4, 1, 3)
        assert notice.processes == PROCESSES
        done = ops("rollback", "3", "--yes")
        assert _notice(stack) is None, "previews warn of what is no more"
        assert done.out.splitlines()[-1] == (
            "It is what the program describes: `pulumi up` goes on from it."
        )
        assert json.loads(ops("rollback", "2", "--yes", "--json").out)["program_describes"] == 3

    def test_is_told_to_the_program_after_many_others(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        for _ in range(60):
            _release(stack, rollback_to=2, task_definitions=stack.records[1].task_definitions)
        ops("rollback", "1", "--yes")
        notice = _notice(stack)
        assert notice is not None, "the verb says that previews warn"
        assert (notice.back_to, notice.described) == (1, 3)

    def test_is_done_where_the_program_cannot_be_told(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("dynamodb:UpdateItem", "AccessDeniedException", "no dynamodb:UpdateItem")
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "What previews say of rollbacks is not up to date: UpdateItem: Acc" in done.err

    def test_of_what_serves_already_changes_nothing(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("rollback", "3", "--yes")
        assert (done.code, cloud.asked) == (0, [])
        assert "Release 3 serves already" in done.out
        assert json.loads(ops("rollback", "3", "--json").out)["changed"] is False

    def test_leaves_a_process_that_the_release_did_not_have(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        first = stack.records[1]
        own = {k: v for k, v in first.task_definitions.items() if k != "schedule"}
        stack.ledger.save(dataclasses.replace(first, task_definitions=own))
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "schedule: stays at flaskapp-staging-schedule:3; release 2 has no" in done.err
        assert set(cloud.deployed()) == {"web", "worker"}
        made = stack.ledger.latest()
        assert made is not None
        assert made.task_definitions["schedule"] == definition_arn("schedule", 3)


class TestOnceMore:
    """What was begun is finished, and a rollback can be gone back from."""

    def test_says_that_a_release_has_not_ended(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        _release(stack, verdict="running", ended_at=None)
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "Release 4 has not ended: an update is under way, which will then fail" in done.err
        assert [each.verdict for each in stack.ledger.history(2)] == ["succeeded", "interrupted"]

    def test_goes_further_back_each_time(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        ops("rollback", "--yes")
        ops("rollback", "--yes")
        assert cloud.deployed() == _all(1), "the release that was gone away from came back"

    def test_goes_to_what_served_before_not_to_what_was_gone_away_from(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("rollback", "--yes")  # Release 4 is release 2, as 3 was bad.
        latest = stack.ledger.latest()
        assert latest is not None
        newer = {name: arn[:-1] + "1" for name, arn in latest.task_definitions.items()}
        _release(stack, image=image(1), task_definitions=newer)
        for process in PROCESSES:
            cloud.running.serve(process, number=1)
        done = ops("rollback", input="n\n")
        assert "Rollback of staging to release 2 (" in done.err, "the bad release comes back"
        assert "from release 5:" in done.err

    def test_says_when_nothing_is_left_to_go_back_to(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("rollback", "1", "--yes")
        done = ops("rollback", "--yes")
        assert done.code == 1
        assert "Release 1 serves, and no earlier one can be gone back to" in done.err

    def test_takes_the_number_of_a_rollback_for_what_it_went_back_to(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        ops("rollback", "1", "--yes")
        ops("rollback", "3", "--yes")
        assert cloud.deployed() == _all(3)
        done = ops("rollback", "4", "--yes")
        assert "to release 1 (" in done.err
        assert "release 3 ran migrations" in done.err

    def test_finishes_what_was_interrupted(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        cloud.interrupted_at = 5
        with pytest.raises(click.Abort):
            ops("rollback", "--yes")
        assert cloud.deployed() == _all(2)
        asked = len(cloud.asked)
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "Going on with the rollback of staging to release 2" in done.err
        assert len(cloud.asked) == asked, "all tasks begin anew"
        latest = stack.ledger.history()[0]
        assert (latest.number, latest.verdict) == (4, "succeeded")

    def test_puts_a_service_back_that_runs_something_else(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        """Release 4 failed: ECS took `web` back, but the worker keeps what it got."""
        _release(stack, verdict="failed", reason="web: 3 new tasks failed")
        arn = definition_arn("worker", 2)
        cloud.running.services["worker"]["deployments"][0]["taskDefinition"] = arn
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert cloud.deployed() == {"worker": "flaskapp-staging-worker:3"}
        assert "  web: stays at flaskapp-staging-web:3" in done.err


class TestTheDatabase:
    """Older code on a newer schema: whoever goes back must know."""

    def test_is_said_to_fit_when_no_migration_ran_since(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        _release(stack, task_definitions={}, configuration="f" * 16)
        cloud.running.serve("web", number=3)
        done = ops("rollback", "3", input="n\n")
        assert "Database: no migration that release 3 does not know has run since" in done.err
        assert "restore" not in done.err
        assert "rds:DescribeDBInstanceAutomatedBackups" not in aws.made

    def test_comes_with_the_restore_point_and_how_to_use_it(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        done = ops("rollback", input="n\n")
        assert "Database: release 3 ran migrations that release 2 does not know." in done.err
        assert "Restore point before release 3: 2026-03-02 11:30:00 UTC (within RDS's backups)" in (
            done.err
        )
        assert "--restore-time 2026-03-02T11:30:00Z" in done.err
        assert "--target-db-instance-identifier flaskapp-staging-before-3" in done.err

    def test_that_cannot_be_restored_gets_no_command(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.answer("rds:DescribeDBInstanceAutomatedBackups", {"DBInstanceAutomatedBackups": []})
        done = ops("rollback", input="n\n")
        assert "(RDS keeps no backups of this database)" in done.err
        assert "aws rds" not in done.err

    def test_that_rds_has_not_saved_yet_says_from_when_on_it_can_be_restored(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        window = {
            "EarliestTime": NOW - timedelta(days=7),
            "LatestTime": NOW - timedelta(minutes=34),
        }
        aws.answer(
            "rds:DescribeDBInstanceAutomatedBackups",
            {"DBInstanceAutomatedBackups": [{"RestoreWindow": window}]},
        )
        done = ops("rollback", input="n\n")
        assert "(not yet: RDS's backups reach to 2026-03-02 11:26:00 UTC)" in done.err
        assert "restore it beside this one as soon as RDS's backups reach it" in done.err
        assert "--restore-time 2026-03-02T11:30:00Z" in done.err
        state = json.loads(ops("rollback", "--yes", "--json").out)["restore_state"]
        assert (state["possible"], state["soon"]) == (False, True)

    def test_is_restored_from_a_snapshot_where_there_is_one(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        point = RestorePoint(time=NOW, snapshot_id="flaskapp-staging-release-4")
        _release(stack, schema="c" * 16, restore_point=point)
        aws.answer(
            "rds:DescribeDBSnapshots",
            {"DBSnapshots": [{"DBSnapshotIdentifier": "x", "Status": "available"}]},
        )
        done = ops("rollback", "3", input="n\n")
        assert "--db-snapshot-identifier flaskapp-staging-release-4" in done.err

    def test_counts_a_failed_release_whose_task_ran(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        _release(stack, verdict="failed", schema="c" * 16, restore_point=None)
        _release(stack, verdict="failed", schema="d" * 16, phase=PhaseResult())
        done = ops("rollback", "2", input="n\n")
        assert "releases 3, 4 ran migrations that release 2 does not know" in done.err

    def test_is_not_known_without_a_digest(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        _release(stack, schema="", restore_point=None)
        done = ops("rollback", "3", input="n\n")
        assert "nobody noted which migrations release 4 ran" in done.err
        assert "No restore point was noted before release 4." in done.err

    def test_is_no_reason_to_fail_when_rds_may_not_be_asked(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("rds:DescribeDBInstanceAutomatedBackups", "AccessDenied")
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "What its restore point is worth is not known: your role may not" in done.err


class TestWhatIsRefused:
    """Before anything was changed."""

    def test_is_a_number_that_there_is_not(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        done = ops("rollback", "7", "--yes")
        assert done.code == 2
        assert done.err == ("There is no release 7; those that can be gone back to are: 3, 2, 1.")

    @pytest.mark.parametrize(
        ("verdict", "said"), [("failed", "failed (no reason)"), ("running", "has not ended")]
    )
    def test_is_a_release_that_did_not_succeed(
        self, ops: Ops, stack: Stack, cloud: Deploying, verdict: Any, said: str
    ) -> None:
        _release(stack, verdict=verdict, reason="no reason" if verdict == "failed" else "")
        done = ops("rollback", "4", "--yes")
        assert done.code == 2
        assert f"Release 4 {said}" in done.err

    def test_is_a_release_whose_parts_were_removed(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        stack.ledger.save(dataclasses.replace(stack.records[0], expired=True))
        done = ops("rollback", "1", "--yes")
        assert "Release 1 is too old: its image and its task definitions were removed" in done.err
        assert "those that can be gone back to are: 3, 2." in done.err

    def test_is_an_image_that_is_gone(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.answer("ecr:DescribeImages", {"imageDetails": []})
        done = ops("rollback", "--yes")
        assert f"its image {image(2)} is gone." in done.err
        assert not cloud.asked

    def test_is_a_task_definition_that_is_gone(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        client("ecs").deregister_task_definition(taskDefinition=definition_arn("worker", 2))
        done = ops("rollback", "--yes")
        assert "cannot be gone back to: flaskapp-staging-worker:2 is gone." in done.err
        assert not cloud.asked

    def test_is_a_stack_without_a_release(self, ops: Ops, stack: Stack, cloud: Deploying) -> None:
        for each in stack.records:
            stack.ledger.save(dataclasses.replace(each, verdict="failed"))
        assert "No release of this stack has succeeded" in ops("rollback", "--yes").err

    def test_is_another_account(self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
        aws.answer(
            "sts:GetCallerIdentity",
            {"Account": "999999999999", "Arn": "arn:aws:sts::999999999999:x/y/z", "UserId": "u"},
        )
        done = ops("rollback", "--yes")
        assert "of the account 999999999999" in done.err
        assert not cloud.asked


class TestSecrets:
    """A task does not start without one that it cites: nothing is begun when one is gone."""

    def test_one_that_the_program_has_left_out_needs_its_role_to_read_it_again(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        arn = _secret("secrets")
        told = {2: [f"{arn}:PAYMENT_KEY::version", f"{arn}:MAPS_KEY::version"]}
        _cite(aws, {"web": told, "worker": told})
        aws.answer("secretsmanager:DescribeSecret", {"ARN": arn, "DeletedDate": NOW})
        done = ops("rollback", "--yes")
        assert (done.code, cloud.asked) == (1, [])
        assert done.err == (
            "Release 2 cannot be gone back to: web, worker cannot start without the secret "
            "flaskapp-staging-secrets-AbCdEf, which is deleted.\n"
            "Since then the program has left out flaskapp-staging-secrets-AbCdEf, and with it the "
            f"right of the role {ROLE} to read it. To go back all the same: `aws secretsmanager "
            f"restore-secret --region us-east-1 --secret-id {arn}`, allow that role "
            "secretsmanager:GetSecretValue on it, then repeat this.\n"
            "`bin/ops releases` shows the others; its commit can be released anew by `pulumi up`."
        )
        assert aws.with_parameters("secretsmanager:DescribeSecret") == [{"SecretId": arn}]

    def test_one_that_the_program_has_as_well_is_just_brought_back(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        arn = _secret("secret-key")
        _cite(aws, {"schedule": {2: [arn]}, "web": {3: [arn]}})
        aws.answer("secretsmanager:DescribeSecret", {"ARN": arn, "DeletedDate": NOW})
        done = ops("rollback", "--yes")
        assert (done.code, cloud.asked) == (1, [])
        assert "schedule cannot start without the secret flaskapp-staging-secret-key" in done.err
        assert (
            "Bring it back, then repeat this: `aws secretsmanager restore-secret --region "
            f"us-east-1 --secret-id {arn}`." in done.err
        )

    def test_all_that_are_gone_are_named(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        _cite(
            aws, {"web": {2: [f"{_secret('cache-url')}:::one", f"{_secret('broker-url')}:::two"]}}
        )
        aws.refuse("secretsmanager:DescribeSecret", "ResourceNotFoundException")
        done = ops("rollback", "--yes")
        assert (done.code, cloud.asked) == (1, [])
        for name in ("cache-url", "broker-url"):
            said = f"web cannot start without the secret {PREFIX}-{name}-AbCdEf, which is gone for "
            assert said in done.err
        assert "restore-secret" not in done.err, "AWS keeps nothing of it"

    def test_those_that_are_there_are_no_hindrance(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        """AWS lists no version without a label, and tasks start with one all the same."""
        _cite(
            aws, {"web": {2: [f"{_secret('secrets')}:KEY::old", "arn:aws:ssm:::parameter/x", "x"]}}
        )
        aws.answer(
            "secretsmanager:DescribeSecret",
            {"ARN": _secret("secrets"), "VersionIdsToStages": {"n" * 32: ["AWSCURRENT"]}},
        )
        assert ops("rollback", "--yes").code == 0
        assert cloud.deployed() == _all(2)

    def test_those_of_processes_that_the_stack_has_no_more_are_not_looked_for(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        _cite(aws, {"release": {2: [_secret("owner")]}, "console": {2: [_secret("web")]}})
        assert ops("rollback", "--yes").code == 0
        assert not aws.with_parameters("secretsmanager:DescribeSecret")

    def test_what_aws_does_not_say_is_told(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        _cite(aws, {"web": {2: [_secret("secret-key")]}})
        aws.refuse("secretsmanager:DescribeSecret", "AccessDeniedException")
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert (
            "Whether the secret flaskapp-staging-secret-key-AbCdEf is still there, without which "
            "web cannot start, is not known: your role may not ask for it (DescribeSecret)\n"
        ) in done.err

    def test_a_login_that_has_expired_ends_it(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        _cite(aws, {"web": {2: [_secret("secret-key")]}})
        aws.refuse("secretsmanager:DescribeSecret", "ExpiredTokenException")
        done = ops("rollback", "--yes")
        assert "your AWS login has expired" in done.err
        assert not cloud.asked


class TestFailure:
    """It fails as an update does: with everything that is known."""

    def test_of_the_rollout_says_why_and_what_serves(
        self, ops: Ops, stack: Stack, cloud: Deploying
    ) -> None:
        cloud.dies = "web"
        done = ops("rollback", "--yes")
        assert done.code == 1
        assert "Release 4 (a rollback to release 2) failed in its rollout: web: 3 new" in done.err
        assert "container web exit code 1" in done.err
        assert "web: release 3, flaskapp-staging-web:3 (1 task), which still serves" in done.err
        assert "run `bin/ops rollback 2 --stack staging` again" in done.err
        latest = stack.ledger.history()[0]
        assert (latest.verdict, latest.rollback_to) == ("failed", 2)

    def test_to_be_allowed_is_said_with_the_policy_to_ask_for(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("ecs:UpdateService", "AccessDeniedException", "no iam:PassRole")
        done = ops("rollback", "--yes")
        assert done.code == 1
        assert "no iam:PassRole" in done.err
        assert "run `bin/ops rollback 2 --stack staging` again" in done.err

    def test_of_the_login_is_said_before_anything_changes(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("dynamodb:Query", "ExpiredTokenException")
        done = ops("rollback", "--yes")
        assert "your AWS login has expired" in done.err
        assert not cloud.asked

    def test_of_throttling_is_waited_out(
        self, ops: Ops, stack: Stack, cloud: Deploying, aws: Calls
    ) -> None:
        aws.refuse("ecs:ListTasks", "ThrottlingException", times=2)
        done = ops("rollback", "--yes")
        assert done.code == 0, done.err
        assert "AWS does not answer, asking again" in done.err


def test_it_needs_what_it_asks(ops: Ops, stack: Stack, cloud: Deploying, aws: Calls) -> None:
    _cite(aws, {"web": {1: [_secret("secret-key")]}})
    aws.answer("secretsmanager:DescribeSecret", {"ARN": _secret("secret-key")})
    ops("rollback", "--yes")
    cloud.dies = "web"
    ops("rollback", "1", "--yes")
    point = RestorePoint(time=NOW, snapshot_id="s")
    _release(stack, schema="c" * 16, restore_point=point)
    ops("rollback", "3", input="n\n")
    check_needs("rollback", aws.made, unseen=["iam:PassRole"])
