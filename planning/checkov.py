"""`python -m planning.checkov`: checkov on the plan of staging and prod, offline."""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.problems import SettingsError
from infra.settings import load_settings
from infra.stack_files import StackFileError, read_stack
from planning import checkov_environment, lazy_packages
from planning.accepted_checks import EVERY_STACK
from planning.checkov_scan import Finding, ScanProblemError, Verdict, judge, scan
from planning.export.references import references
from planning.export.terraform import write
from planning.plan import ROOT
from planning.recording import Recording, record


def recorded(stack: str, root: Path = ROOT) -> Recording:
    """A stack's plan with references in the place of made-up values."""
    settings = load_settings(read_stack(stack, root))
    lazy_packages.install()
    from infra.stack import deploy

    return record(lambda: deploy(settings), stack=stack, stand_ins=references)


def findings(recording: Recording) -> tuple[Finding, ...]:
    """Everything that checkov finds in a plan recorded with references."""
    program = checkov_environment.prepare()
    with tempfile.TemporaryDirectory(prefix="plan-") as folder:
        write(recording, Path(folder))
        return scan(program, Path(folder))


def main(arguments: Sequence[str] | None = None) -> int:
    """Scan the stacks; 0 when each fails exactly what is accepted for it, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m planning.checkov", description=__doc__)
    parser.add_argument("--stack", action="append", help="one stack only; may be repeated")
    wanted = parser.parse_args(arguments)
    try:
        verdicts = [_scanned(stack) for stack in wanted.stack or EVERY_STACK]
    except (
        SettingsError,
        StackFileError,
        ScanProblemError,
        checkov_environment.EnvironmentProblemError,
    ) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0 if all(verdict.passed for verdict in verdicts) else 1


def _scanned(stack: str) -> Verdict:
    recording = recorded(stack)
    checkov_environment.prepare()
    print(f"Scanning {stack} (about 10 s) ...", file=sys.stderr, flush=True)
    verdict = judge(findings(recording), stack)
    print("\n".join(verdict.lines()))
    return verdict


if __name__ == "__main__":
    sys.exit(main())
