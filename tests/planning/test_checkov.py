"""checkov's verdict: exactly what is accepted fails, and what is insecure is found."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from planning import checkov, checkov_environment
from planning.accepted_checks import ACCEPTED, EVERY_STACK, Accepted
from planning.checkov_scan import Finding, ScanProblemError, judge, scan
from planning.recording import Recording
from planning.resource import Resource
from tests.support import tokens

LOG_BUCKET = "aws_s3_bucket.flaskapp_prod_access_logs"
ENTRY = Accepted("CKV_AWS_18", "aws_s3_bucket.*_access_logs", ("prod",), "logs into itself")
scans = pytest.mark.skipif(
    not checkov_environment.is_ready(), reason="checkov is not installed; `make checkov` does it"
)


class TestVerdict:
    def test_what_is_accepted_passes(self) -> None:
        verdict = judge([Finding("CKV_AWS_18", LOG_BUCKET, "logging")], "prod", [ENTRY])
        assert verdict.passed
        assert verdict.accepted == 1

    def test_another_check_of_the_same_resource_is_unexpected(self) -> None:
        finding = Finding("CKV_AWS_53", LOG_BUCKET, "public")
        verdict = judge([finding], "prod", [])
        assert verdict.unexpected == (finding,)
        assert "CKV_AWS_53" in "\n".join(verdict.lines())

    def test_the_same_check_of_another_resource_is_unexpected(self) -> None:
        finding = Finding("CKV_AWS_18", "aws_s3_bucket.uploads", "logging")
        assert not judge([finding], "prod", [ENTRY]).passed, "a new bucket would be let through"

    def test_an_entry_for_another_stack_does_not_count(self) -> None:
        finding = Finding("CKV_AWS_18", LOG_BUCKET, "logging")
        assert not judge([finding], "staging", [ENTRY]).passed

    def test_an_entry_that_no_longer_occurs_is_outdated(self) -> None:
        verdict = judge([], "prod", [ENTRY])
        assert verdict.outdated == (ENTRY,)
        assert "remove the entry" in "\n".join(verdict.lines()), "it would hide a later finding"

    def test_every_entry_has_a_reason_and_a_stack(self) -> None:
        for entry in ACCEPTED:
            assert len(entry.reason) > 15, entry
            assert set(entry.stacks) <= set(EVERY_STACK), entry
        assert len({(entry.check, entry.resource) for entry in ACCEPTED}) == len(ACCEPTED) == 20

    def test_prod_is_accepted_no_more_than_this(self) -> None:
        assert sorted(entry.check for entry in ACCEPTED if "prod" in entry.stacks) == sorted(
            [
                # Logs, one region, the port and secrets.
                *("CKV2_AWS_57", "CKV2_AWS_57", "CKV2_AWS_62", "CKV_AWS_144", "CKV_AWS_144"),
                *("CKV_AWS_145", "CKV_AWS_18", "CKV_AWS_260"),
                # What the stack tells of itself, and the page during maintenance.
                *("CKV2_AWS_34", "CKV_AWS_115", "CKV_AWS_116", "CKV_AWS_117", "CKV_AWS_173"),
                *("CKV_AWS_272", "CKV_AWS_50"),
            ]
        )


class TestScan:
    """The scanner is a program of its own: what it could not read is no pass."""

    @staticmethod
    def _program(folder: Path, output: object, code: int = 1) -> Path:
        program = folder / "checkov"
        text = output if isinstance(output, str) else json.dumps(output)
        program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\nexit {code}\n")
        program.chmod(0o755)
        return program

    def test_failed_checks_are_findings(self, tmp_path: Path) -> None:
        failed = {"check_id": "CKV_AWS_18", "resource": LOG_BUCKET, "check_name": "logging"}
        report = {
            "summary": {"parsing_errors": 0, "resource_count": 3},
            "results": {"failed_checks": [failed]},
        }
        assert scan(self._program(tmp_path, report), tmp_path) == (
            Finding("CKV_AWS_18", LOG_BUCKET, "logging"),
        )

    def test_a_plan_that_was_not_read_is_a_problem(self, tmp_path: Path) -> None:
        report = {"summary": {"parsing_errors": 1, "resource_count": 3}}
        with pytest.raises(ScanProblemError, match="could not read"):
            scan(self._program(tmp_path, report), tmp_path)

    def test_a_scan_of_nothing_is_a_problem(self, tmp_path: Path) -> None:
        with pytest.raises(ScanProblemError, match="could not read"):
            scan(self._program(tmp_path, {"passed": 0, "resource_count": 0}), tmp_path)

    def test_a_scanner_that_breaks_is_a_problem(self, tmp_path: Path) -> None:
        with pytest.raises(ScanProblemError, match="ended with 2"):
            scan(self._program(tmp_path, "{}", code=2), tmp_path)


class TestCommand:
    def test_an_unknown_stack_is_answered_with_those_that_exist(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert checkov.main(["--stack", "production"]) == 1
        assert "emulated, prod, staging" in capsys.readouterr().err


Change = Callable[[Resource], Mapping[str, Any]]


def _changed(
    recording: Recording, changes: Mapping[str, Change], without: frozenset[str]
) -> Recording:
    resources = tuple(
        dataclasses.replace(
            resource, inputs={**resource.inputs, **changes[resource.type](resource)}
        )
        if resource.type in changes
        else resource
        for resource in recording.resources
        if resource.type not in without
    )
    return dataclasses.replace(recording, resources=resources)


def _open_policy(_: Resource) -> Mapping[str, Any]:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return {"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}


def _writable(task: Resource) -> Mapping[str, Any]:
    containers = json.loads(task.inputs["containerDefinitions"])
    for container in containers:
        container["readonlyRootFilesystem"] = False
    return {"containerDefinitions": json.dumps(containers)}


# What is made insecure, and the check that must notice.
INSECURE: Mapping[str, tuple[Change, str]] = {
    tokens.INSTANCE: (lambda _: {"publiclyAccessible": True}, "CKV_AWS_17"),
    tokens.INGRESS: (
        lambda _: {"cidrIpv4": "0.0.0.0/0", "fromPort": 22, "toPort": 22},
        "CKV_AWS_24",
    ),
    tokens.KEY: (lambda _: {"enableKeyRotation": False}, "CKV_AWS_7"),
    tokens.LISTENER: (lambda _: {"sslPolicy": "ELBSecurityPolicy-2016-08"}, "CKV_AWS_103"),
    tokens.LOAD_BALANCER: (lambda _: {"dropInvalidHeaderFields": False}, "CKV_AWS_131"),
    tokens.LOG_GROUP: (lambda _: {"kmsKeyId": None}, "CKV_AWS_158"),
    tokens.REPOSITORY: (lambda _: {"imageTagMutability": "MUTABLE"}, "CKV_AWS_51"),
    tokens.ROLE_POLICY: (_open_policy, "CKV_AWS_62"),
    tokens.SECRET: (lambda _: {"kmsKeyId": None}, "CKV_AWS_149"),
    tokens.TASK_DEFINITION: (_writable, "CKV_AWS_336"),
}
# What is left out altogether, so that the check has to follow references to miss it.
MISSING: Mapping[str, str] = {
    "aws:ec2/flowLog:FlowLog": "CKV2_AWS_11",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "CKV2_AWS_12",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "CKV2_AWS_6",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "CKV2_AWS_28",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "CKV2_AWS_31",
}


@pytest.fixture(scope="module")
def found() -> set[str]:
    """The checks that fail when prod is made insecure."""
    changes = {token: change for token, (change, _) in INSECURE.items()}
    insecure = _changed(checkov.recorded("prod"), changes, frozenset(MISSING))
    return {finding.check for finding in checkov.findings(insecure)}


@scans
class TestHonesty:
    """The export hides nothing: what is insecure in the plan is found in the file."""

    def test_every_insecure_value_is_found(self, found: set[str]) -> None:
        missed = {token: check for token, (_, check) in INSECURE.items() if check not in found}
        assert not missed

    def test_everything_that_is_missing_is_found(self, found: set[str]) -> None:
        missed = {token: check for token, check in MISSING.items() if check not in found}
        assert not missed, "references are lost, so checks across resources see nothing"

    @pytest.mark.parametrize("stack", EVERY_STACK)
    def test_a_stack_fails_exactly_what_is_accepted(self, stack: str) -> None:
        verdict = judge(checkov.findings(checkov.recorded(stack)), stack)
        assert verdict.passed, "\n".join(verdict.lines())
