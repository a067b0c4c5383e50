"""What a stack would create, without network or cloud."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from infra.problems import SettingsError
from infra.stack_files import StackFileError, stacks
from planning import report
from planning.plan import ROOT, Plan, make_plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; 0 when every check passed, 1 otherwise, 2 for a wrong call."""
    wanted = _parser().parse_args(arguments)
    try:
        plan = make_plan(wanted.stack)
    except (SettingsError, StackFileError) as problem:
        print(problem, file=sys.stderr)
        return 1
    _show(plan, wanted)
    return 0 if plan.passed else 1


def _show(plan: Plan, wanted: Any) -> None:
    if wanted.json:
        print(report.as_json(plan))
    elif wanted.markdown:
        print(report.markdown(plan))
    elif sys.stdout.isatty():
        report.show_table(plan, sys.stdout)
    else:
        print(report.plain(plan))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m planning", description=__doc__)
    known = ", ".join(stacks(ROOT))
    parser.add_argument("--stack", required=True, help=f"one of: {known}")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="for a program")
    form.add_argument("--markdown", action="store_true", help="for a pull request comment")
    return parser
