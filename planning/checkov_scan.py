"""Runs checkov on a folder of Terraform and compares what fails with what is accepted."""

import fnmatch
import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from planning.accepted_checks import ACCEPTED, Accepted

_TIMEOUT_SECONDS: Final = 600
# checkov ends with 1 when a check fails, which is what it is asked.
_SCANNED: Final = frozenset({0, 1})


class ScanProblemError(Exception):
    """checkov did not scan the whole plan."""


@dataclass(frozen=True, order=True)
class Finding:
    """One failed check of one resource, by its Terraform address."""

    check: str
    resource: str
    title: str


@dataclass(frozen=True)
class Verdict:
    """What of a scan is not accepted, and what is accepted but does not occur."""

    stack: str
    accepted: int
    unexpected: tuple[Finding, ...]
    outdated: tuple[Accepted, ...]

    @property
    def passed(self) -> bool:
        """Whether exactly what is accepted fails."""
        return not self.unexpected and not self.outdated

    def lines(self) -> list[str]:
        """The verdict for a person, with what to do about each line."""
        said = [f"{self.stack}: {'ok' if self.passed else 'FAILED'}, {self.accepted} accepted"]
        said += (
            f"  {finding.check} {finding.resource}: {finding.title}" for finding in self.unexpected
        )
        if self.unexpected:
            said.append("  Correct the resource; accepting needs a reason in accepted_checks.py.")
        said += (
            f"  {entry.check} {entry.resource} is accepted but passes: remove the entry"
            for entry in self.outdated
        )
        return said


def scan(program: Path, folder: Path) -> tuple[Finding, ...]:
    """Every failed check of the Terraform files in a folder.

    Raises ScanProblemError when checkov fails itself, cannot read a file, or saw no resource.
    """
    command = [str(program), "--directory", str(folder), "--framework", "terraform"]
    # Neither the vendor's service nor a module registry is asked.
    command += ["--skip-download", "--download-external-modules", "false"]
    command += ["--quiet", "--compact", "--output", "json"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BC_")}
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=_TIMEOUT_SECONDS,
        env={**environment, "LOG_LEVEL": "ERROR"},
    )
    if ended.returncode not in _SCANNED:
        raise ScanProblemError(f"checkov ended with {ended.returncode}: {ended.stderr.strip()}")
    return _findings(json.loads(ended.stdout), ended.stderr)


def _findings(report: dict[str, Any], complaint: str) -> tuple[Finding, ...]:
    summary = report.get("summary", report)
    if summary.get("parsing_errors") or not summary.get("resource_count"):
        raise ScanProblemError(f"checkov could not read the whole plan: {summary} {complaint}")
    failed = report["results"]["failed_checks"]
    return tuple(
        sorted(Finding(item["check_id"], item["resource"], item["check_name"]) for item in failed)
    )


def judge(
    findings: Iterable[Finding], stack: str, accepted: Iterable[Accepted] = ACCEPTED
) -> Verdict:
    """Compare findings with the entries for a stack."""
    entries = [entry for entry in accepted if stack in entry.stacks]
    matched = {
        finding: [entry for entry in entries if _matches(entry, finding)] for finding in findings
    }
    used = {entry for found in matched.values() for entry in found}
    return Verdict(
        stack=stack,
        accepted=sum(bool(found) for found in matched.values()),
        unexpected=tuple(finding for finding, found in matched.items() if not found),
        outdated=tuple(entry for entry in entries if entry not in used),
    )


def _matches(entry: Accepted, finding: Finding) -> bool:
    return entry.check == finding.check and fnmatch.fnmatchcase(finding.resource, entry.resource)
