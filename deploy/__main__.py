"""Brings a stack up in AWS or in the emulated AWS on this machine, previews it, takes it down."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.deployment import Deployment
from deploy.emulation import Emulation
from deploy.engine import Engine
from deploy.preflight import Situation
from deploy.problems import Missing, RefusedError
from deploy.process import Runner
from deploy.pulumi_cli import obtain
from deploy.report import Report
from deploy.target import Target, read_target

ROOT = Path(__file__).resolve().parent.parent


def main(arguments: Sequence[str], environ: Mapping[str, str], root: Path = ROOT) -> int:
    """Run one command; its exit code. 1 when something is missing, 130 when interrupted."""
    asked = _parser().parse_args(arguments)
    report = Report(as_json=asked.json)
    try:
        target = read_target(asked.stack, root)
        return _run(asked, target, environ, report)
    except RefusedError as refused:
        report.refusal(refused)
        return 1
    except KeyboardInterrupt:
        report.say("Stopped before anything was changed.")
        return 130


def _run(
    asked: argparse.Namespace, target: Target, environ: Mapping[str, str], report: Report
) -> int:
    runner = Runner(environ, target.root)
    cli = obtain(target.root, environ, report.say)
    situation = Situation(
        target=target,
        runner=runner,
        engine=cli if isinstance(cli, Missing) else Engine(cli, target.stack, runner),
        answers=asked.yes or sys.stdin.isatty(),
    )
    if target.settings.emulated:
        emulation = Emulation(situation, report)
        commands = {"up": emulation.up, "preview": emulation.preview, "down": emulation.down}
    else:
        deployment = Deployment(situation, report)
        commands = {
            "up": lambda: deployment.up(confirmed=asked.yes),
            "preview": deployment.preview,
            "down": lambda: deployment.down(confirmed=asked.yes, ask=input),
        }
    return commands[asked.command]()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("up", "check what is needed, then pulumi up"),
        ("preview", "check what is needed, then pulumi preview"),
        ("down", "show what goes and what stays, then pulumi destroy"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("--stack", required=True, help="name of a Pulumi.<stack>.yaml")
        command.add_argument("--yes", action="store_true", help="confirm beforehand")
        command.add_argument(
            "--json", action="store_true", help="one JSON object on stdout, the rest on stderr"
        )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
