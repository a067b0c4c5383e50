"""`doctor`: what commonly goes wrong, and what to do about it."""

import dataclasses
import io
import json
import re
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ops.checks.check import Check
from ops.checks.every import CHECKS
from ops.checks.finding import Finding, ok
from ops.checks.image import MEDIA_TYPES
from ops.checkup import examine
from ops.verbs import doctor
from tests.ops.calls import Calls, check_needs
from tests.ops.conftest import Ops
from tests.ops.programs import PROGRAMS, write_program
from tests.ops.stack import ACCOUNT
from tests.ops.surroundings import Surroundings

NAMES = [check.name for check in CHECKS]


def test_a_stack_that_is_well_is_told_so(ops: Ops, all_well: Surroundings, programs: Path) -> None:
    done = ops("doctor")
    assert (done.code, done.out.splitlines()[-1]) == (0, "staging: nothing is wrong."), done.out
    told = [line.split()[1] for line in done.out.splitlines() if line.startswith("✓")]
    assert list(dict.fromkeys(told)) == NAMES, "every check has its line, in one order"


def test_a_program_gets_every_finding(ops: Ops, all_well: Surroundings, programs: Path) -> None:
    all_well.instance["DBInstanceStatus"] = "storage-full"
    done = ops("doctor", "--json")
    found = json.loads(done.out)
    assert done.code == 1, "a script sees that somebody is needed"
    assert (found["stack"], found["problems"], found["unknown"]) == ("staging", 1, 0)
    database = next(each for each in found["checks"] if each["check"] == "database")
    assert database["findings"][0]["state"] == "problem"
    assert database["findings"][0]["said"] == "the database is storage-full"
    assert "max-storage-gib" in database["findings"][0]["remedy"]
    assert "database: state and waiting changes looked at" in done.err, "progress"


def test_what_is_wrong_stands_with_what_to_do(ops: Ops, all_well: Surroundings) -> None:
    all_well.instance["DBInstanceStatus"] = "storage-full"
    lines = ops("doctor", "database").out.splitlines()
    assert lines[0] == "✗ database      the database is storage-full"
    assert lines[1].split()[0] == "→"
    assert lines[-1] == "staging: 1 problem."


def test_only_the_named_checks_are_made(ops: Ops, all_well: Surroundings, calls: list[str]) -> None:
    done = ops("doctor", "alarms")
    assert {line.split()[1] for line in done.out.splitlines() if line[:1] == "✓"} == {"alarms"}
    assert "rds:DescribeDBInstances" not in calls


def test_a_check_that_is_none_is_answered_with_those_that_are(ops: Ops, all_well: object) -> None:
    done = ops("doctor", "alarm")
    assert done.code == 2
    assert done.err == f"There is no check alarm; there are: {', '.join(NAMES)}."


def test_quiet_leaves_out_what_is_well(ops: Ops, all_well: Surroundings) -> None:
    all_well.instance["DBInstanceStatus"] = "storage-full"
    done = ops("doctor", "--quiet", "database", "alarms", "capacity")
    assert "✓" not in done.out
    assert "storage-full" in done.out


def test_the_shell_completes_the_names_of_checks() -> None:
    context: Any = None
    assert doctor._names(context, context, "na") == ["names"]


class TestWithoutALogin:
    def test_an_expired_one_is_the_problem_and_nothing_else_is_asked(
        self, ops: Ops, all_well: Surroundings, aws: Calls, programs: Path
    ) -> None:
        aws.refuse("*", "ExpiredToken")
        done = ops("doctor")
        assert done.code == 1
        assert "✗ login         The AWS credentials have expired\n" in done.out
        assert "Log in again" in done.out
        assert set(aws.made) == {"sts:GetCallerIdentity"}
        skipped = next(line for line in done.out.splitlines() if line[:1] == "?")
        assert skipped.startswith("? not looked at before there is a login that fits: outputs, ")
        assert "✓ tools" in done.out, "what needs no AWS is looked at all the same"

    def test_one_of_another_account_is_named(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        aws.answer(
            "sts:GetCallerIdentity",
            {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/x", "UserId": "x"},
        )
        done = ops("doctor", "database")
        assert "These AWS credentials are of the account 999999999999" in done.out
        assert "rds:DescribeDBInstances" not in aws.made, "it would be another stack's database"

    def test_a_profile_that_is_not_there_is_named_and_ends_no_other_check(
        self, ops: Ops, root: Path, monkeypatch: pytest.MonkeyPatch, programs: Path
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        done = ops("doctor", "login", "tools")
        assert "✗ login         The config profile (nobody) could not be found" in done.out
        assert "✓ tools" in done.out

    def test_calls_that_go_elsewhere_are_named(
        self, ops: Ops, all_well: Surroundings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000")
        done = ops("doctor", "login")
        assert "AWS_ENDPOINT_URL_S3 sends AWS calls to http://127.0.0.1:9000" in done.out


class TestWithoutAStack:
    """The first update failed, or was never made: then help is needed most."""

    def test_what_the_account_must_have_is_looked_at_all_the_same(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        all_well.stack.ssm.delete_parameter(Name="/flaskapp-staging/outputs")
        all_well.quotas["L-F678F1CE"] = 1.0
        done = ops("doctor", "outputs", "names", "quotas", "database")
        assert done.code == 1
        assert "✗ outputs       There is no stack staging in this account" in done.out
        assert "make up STACK=staging" in done.out
        assert "is delegated to this zone (ZPOLLS123456)" in done.out, "the zone of the file"
        assert "? not looked at, as the stack's outputs are not known: database\n" in done.out
        assert re.search(r"✗ quotas +\d of 1 VPCs in use, and the stack needs 1 more", done.out)

    def test_a_certificate_that_the_first_update_waits_for_is_found(
        self, ops: Ops, all_well: Surroundings
    ) -> None:
        all_well.stack.ssm.delete_parameter(Name="/flaskapp-staging/outputs")
        all_well.certificate |= {"Status": "PENDING_VALIDATION", "InUseBy": []}
        all_well.write_settings(ZPOLLS123456=all_well.zone_id)
        all_well.dns.pop(("polls.test", "NS"))
        done = ops("doctor", "names", "certificates")
        assert "✗ names         polls.test is not delegated" in done.out
        assert "✗ certificates  the certificate for staging.polls.test waits" in done.out


class TestWhatAwsRefuses:
    def test_a_missing_permission_is_told_and_is_no_fault_of_the_stack(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        aws.refuse("servicequotas:GetServiceQuota", "AccessDeniedException")
        done = ops("doctor", "quotas", "alarms")
        assert done.code == 0
        assert (
            "? quotas        not looked at: your role may not ask for it (GetServiceQuota)"
            in done.out
        )
        assert "bin/ops permissions doctor" in done.out
        assert "✓ alarms" in done.out, "one refusal ends one check"
        assert done.out.splitlines()[-1] == "staging: 1 not looked at."

    def test_what_was_found_before_the_refusal_is_kept(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        aws.refuse("sns:ListSubscriptionsByTopic", "AccessDeniedException")
        done = ops("doctor", "alarms")
        assert "✓ alarms" in done.out
        assert "? alarms" in done.out

    def test_throttling_is_said(self, ops: Ops, all_well: Surroundings, aws: Calls) -> None:
        aws.refuse("rds:DescribeDBInstances", "Throttling", "Rate exceeded")
        done = ops("doctor", "database")
        assert "? database      not looked at: DescribeDBInstances: Throttling: Rate" in done.out

    def test_a_login_that_expires_meanwhile_is_said(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        aws.refuse("rds:DescribeDBInstances", "ExpiredToken", "The token has expired")
        done = ops("doctor", "database")
        assert "→ Log in again, then repeat this." in done.out


def test_nobody_waits_for_the_other_checks_after_an_interruption(
    ops: Ops, all_well: Surroundings
) -> None:
    enough, asked, ended = threading.Event(), threading.Event(), threading.Event()

    def find(situation: Any) -> Iterable[Finding]:
        asked.set()
        enough.wait(3)
        ended.set()
        return [ok("late")]

    quick = Check(name="quick", about="", find=lambda _: [ok("at once")], of_stack=False)
    slow = Check(name="slow", about="", find=find, of_stack=False)
    situation: Any = None
    results = examine([quick, slow], situation, logged_in=True)
    # The finding of the first is there while the second still asks.
    assert next(results).findings == (ok("at once"),)
    assert asked.wait(5)
    results.close()  # type: ignore[attr-defined]
    assert not ended.is_set(), "whoever pressed Ctrl-C waits for nothing"
    enough.set()


def test_it_asks_for_just_the_rights_that_it_uses(
    ops: Ops,
    all_well: Surroundings,
    programs: Path,
    calls: list[str],
    monkeypatch: pytest.MonkeyPatch,
    aws: Calls,
) -> None:
    write_program(programs / "pulumi", PROGRAMS["pulumi"].replace("file://~/state", "s3://states"))
    aws.answer("s3:ListBucket", {"Contents": []})
    all_well.write_settings(**{"mail:\n    enabled: false": "mail:\n    enabled: true"})
    all_well.index = {"config": {"digest": "sha256:c"}, "mediaType": MEDIA_TYPES[1]}
    aws.answer("ecr:GetDownloadUrlForLayer", {"downloadUrl": "https://ecr.test/layer"})
    monkeypatch.setattr(
        "ops.checks.image.urlopen", lambda *_, **__: io.BytesIO(b'{"architecture": "arm64"}')
    )
    # One task fails, and its log is read.
    all_well.running.fail_task("web")
    all_well.running.lose("web")
    ops("doctor")
    all_well.stack.ssm.delete_parameter(Name="/flaskapp-staging/outputs")
    ops("doctor", "quotas")
    check_needs("doctor", calls)


class TestTheEmulatedAws:
    @pytest.fixture(autouse=True)
    def _emulated(self, all_well: Surroundings) -> None:
        all_well.write_settings(
            **{"aws-endpoints: {}": "aws-endpoints: {default: 'http://127.0.0.1:4566'}"}
        )

    def test_one_that_is_not_there_is_told_how_to_start(self, ops: Ops, aws: Calls) -> None:
        aws.refuse("*", EndpointConnectionError(endpoint_url="http://127.0.0.1:4566"))
        done = ops("doctor", "lock", "database")
        assert "✗ login         the emulated AWS on this machine does not answer" in done.out
        assert "→ `make up STACK=staging` starts it." in done.out

    def test_what_it_does_not_answer_is_no_fault(
        self, ops: Ops, all_well: Surroundings, aws: Calls
    ) -> None:
        text = json.dumps(dataclasses.asdict(all_well.stack.outputs))
        aws.answer("ssm:GetParameter", {"Parameter": {"Value": text}})
        aws.answer(
            "sts:GetCallerIdentity",
            {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/x", "UserId": "x"},
        )
        aws.refuse("rds:DescribeDBInstances", "InternalFailure", "not implemented")
        done = ops("doctor", "database")
        assert done.code == 0
        assert "not looked at: the emulated AWS says DescribeDBInstances: Internal" in done.out


def test_what_this_machine_refuses_ends_one_check_alone(
    ops: Ops, all_well: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise OSError(8, "Exec format error", "session-manager-plugin")

    monkeypatch.setattr("ops.sessions.plugin.find_plugin", refuse)
    done = ops("doctor", "tools", "alarms")
    assert "? tools         not looked at: this machine refuses: Exec format error" in done.out
    assert "✓ alarms" in done.out


def test_an_answer_that_nobody_thought_of_ends_one_check_alone(
    ops: Ops, all_well: Surroundings
) -> None:
    del all_well.instance["DBInstanceClass"]
    done = ops("doctor", "capacity", "alarms")
    assert "? capacity      not looked at: an answer has an unknown form (KeyError('DBI" in done.out
    assert "✓ alarms" in done.out
