"""The checks of `doctor`: the database, its backups and secrets."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.ops.calls import Calls
from tests.ops.looking import Look, bad, only
from tests.ops.surroundings import (
    Surroundings,
)


class TestDatabase:
    def test_a_state_that_does_not_pass(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["DBInstanceStatus"] = "inaccessible-encryption-credentials"
        state, _, remedy = only(look("database"))
        assert (state, "KMS key" in remedy) == ("problem", True)

    def test_a_state_that_passes(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["DBInstanceStatus"] = "rebooting"
        assert only(look("database"))[0] == "warning"

    def test_a_change_that_waits(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["PendingModifiedValues"] = {
            "DBInstanceClass": "db.t4g.small",
            "MasterUserPassword": "****",
        }
        state, said, remedy = only(look("database"))
        assert state == "warning"
        assert said == (
            "changes of the database wait for sun:05:00-sun:06:00 (UTC): "
            "DBInstanceClass db.t4g.small, MasterUserPassword (hidden)"
        )
        assert "apply-immediately: true" in remedy

    def test_parameters_that_wait_for_a_restart(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["DBParameterGroups"] = [
            {"DBParameterGroupName": "ours", "ParameterApplyStatus": "pending-reboot"}
        ]
        assert "parameters of ours wait for a restart" in only(look("database"))[1]

    def test_maintenance_that_aws_wants(self, look: Look, all_well: Surroundings) -> None:
        all_well.maintenance = [
            {
                "Action": "system-update",
                "Description": "New OS",
                "ForcedApplyDate": all_well.now.replace(2027, 1, 2),
            }
        ]
        state, said, remedy = only(look("database"))
        assert state == "warning"
        assert said == (
            "AWS wants to do system-update on the database by 2027-01-02 at the latest: New OS"
        )
        assert "--apply-action system-update" in remedy

    def test_a_certificate_that_ends_soon(self, look: Look, all_well: Surroundings) -> None:
        until = all_well.now + timedelta(days=59)
        all_well.instance["CertificateDetails"] = {"ValidTill": until}
        assert f"valid until {until:%Y-%m-%d} only" in only(look("database"))[1]


class TestCapacity:
    @pytest.mark.parametrize(("most", "state"), [(79, "ok"), (80, "warning"), (100, "problem")])
    def test_connections(self, look: Look, all_well: Surroundings, most: float, state: str) -> None:
        all_well.metrics["DatabaseConnections"] = [3.0, most]
        assert look("capacity")[0][:2] == (
            state,
            f"{most} connections at most within a day, of 100 that db.t4g.micro leaves tasks",
        )

    def test_a_class_that_is_not_known_here(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["DBInstanceClass"] = "db.x9.huge"
        assert look("capacity")[0][0] == "unknown"

    @pytest.mark.parametrize(
        ("free_gib", "most", "state"), [(2.0, 50, "ok"), (1.9, 50, "warning"), (1.9, 20, "problem")]
    )
    def test_storage(
        self, look: Look, all_well: Surroundings, free_gib: float, most: int, state: str
    ) -> None:
        all_well.metrics["FreeStorageSpace"] = [free_gib * 2**30]
        all_well.instance["MaxAllocatedStorage"] = most
        assert look("capacity")[1][0] == state

    def test_nothing_measured(self, look: Look, all_well: Surroundings) -> None:
        all_well.metrics = {}
        assert [state for state, *_ in look("capacity")] == ["unknown", "unknown"]


class TestBackups:
    def test_one_that_is_older_than_a_day(self, look: Look, all_well: Surroundings) -> None:
        all_well.points = [all_well.point(timedelta(hours=27))]
        state, said, remedy = only(look("backups"))
        assert (state, said[:13]) == ("problem", "last backup: ")
        assert "aws backup start-backup-job --backup-vault-name" in remedy

    def test_one_of_a_plan_that_makes_them_each_week(
        self, look: Look, all_well: Surroundings
    ) -> None:
        all_well.backup_cron = "cron(0 2 ? * SAT *)"
        all_well.points = [all_well.point(timedelta(days=6))]
        assert not bad(look("backups"))

    def test_none_however_often_is_released(self, look: Look, all_well: Surroundings) -> None:
        all_well.points = []
        latest = all_well.stack.records[-1]
        for minutes in range(51, 0, -1):
            at = all_well.now - timedelta(minutes=minutes)
            all_well.stack.ledger.open(replace(latest, started_at=at, ended_at=at))
        assert only(look("backups"))[1] == "last backup: none yet"

    def test_jobs_that_failed(self, look: Look, all_well: Surroundings) -> None:
        all_well.failed_jobs = [
            {"CreationDate": all_well.now, "State": "FAILED", "StatusMessage": "no key"}
        ]
        assert only(look("backups"))[1].endswith("no key")

    def test_a_log_that_is_not_saved(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["LatestRestorableTime"] = all_well.now - timedelta(hours=2)
        assert "can only be put back to" in only(look("backups"))[1]

    def test_nothing_to_go_back_to(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["BackupRetentionPeriod"] = 0
        assert "backup-retention-days" in only(look("backups"))[2]


class TestSecrets:
    def test_a_password_that_rds_cannot_change(self, look: Look, all_well: Surroundings) -> None:
        all_well.instance["MasterUserSecret"] = {"SecretStatus": "impaired"}
        assert "RDS can no longer change the owner's password" in only(look("secrets"))[1]

    def test_a_rotation_that_did_not_come(self, look: Look, all_well: Surroundings) -> None:
        all_well.rotation["NextRotationDate"] = all_well.now - timedelta(days=2)
        assert "should have been rotated on" in only(look("secrets"))[1]

    def test_no_rotation(self, look: Look, all_well: Surroundings) -> None:
        all_well.rotation["RotationEnabled"] = False
        assert only(look("secrets"))[0] == "warning"

    def test_a_secret_that_tasks_cannot_start_without(
        self, look: Look, all_well: Surroundings, aws: Calls
    ) -> None:
        def describe(asked: Mapping[str, Any]) -> Mapping[str, Any]:
            own = "secret-key" in asked["SecretId"]
            return {"DeletedDate": all_well.now} if own else all_well.rotation

        aws.answer("secretsmanager:DescribeSecret", describe)
        state, said, remedy = only(look("secrets"))
        assert state == "problem"
        assert "flaskapp-staging-secret-key-AbCdEf, which console, release, schedule, " in said
        assert "aws secretsmanager restore-secret --secret-id arn:" in remedy

    def test_one_that_is_gone(self, look: Look, aws: Calls, all_well: Surroundings) -> None:
        aws.refuse("secretsmanager:DescribeSecret", "ResourceNotFoundException")
        assert [state for state, *_ in look("secrets")] == ["problem", "problem"]
