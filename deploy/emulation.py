"""A stack against the emulated AWS on this machine: `up` brings up both, `down` removes both."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deploy import locks, page, preflight
from deploy.deployment import tell_outputs
from deploy.engine import Engine
from deploy.preflight import Situation
from deploy.problems import Missing, RefusedError
from deploy.report import Report
from emulated import cloud
from emulated.access import Cloud
from emulated.problems import CloudError

STATE = ".state"
# Protects nothing: the state of the emulated stack holds made-up values only, and goes with it.
PASSPHRASE = "dev"  # noqa: S105 - see above
# A person's own credentials, backend and stack are never handed to what runs emulated.
WITHHELD = (
    "AWS_",
    "PULUMI_ACCESS_TOKEN",
    "PULUMI_BACKEND_URL",
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_STACK",
)


def environment(environ: Mapping[str, str], root: Path, extra: Mapping[str, str]) -> dict[str, str]:
    """What the Pulumi CLI gets: test keys, state in the project's folder, nothing private."""
    return {
        **{key: value for key, value in environ.items() if not key.startswith(WITHHELD)},
        **extra,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PULUMI_BACKEND_URL": f"file://{root / STATE}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
    }


@dataclass(frozen=True)
class Emulation:
    """One emulated stack, what is known of this machine, and where to report."""

    situation: Situation
    report: Report

    @property
    def _state(self) -> Path:
        return self.situation.target.root / STATE

    def up(self) -> int:
        """Start the cloud, then a real `pulumi up` into it; Pulumi's exit code."""
        stack = self.situation.target.stack
        self.report.say(f"Checking what {stack} needs:")
        preflight.require(preflight.FOR_EMULATED_UP, self.situation, self.report.say)
        self.report.say("Starting the emulated AWS on this machine ...")
        running = self._started()
        engine = self._engine(running.environment)
        self._state.mkdir(exist_ok=True)
        if locks.clear(engine, self._state):
            self.report.say("The last command had been cut off; its lock was taken off.")
        engine.select(create=True)
        ended = engine.up(confirmed=True, onto_stderr=self.report.as_json)
        if ended.code == 0:
            return self._tell_page(engine.outputs(), running.endpoint_url)
        self.report.say(
            f"Pulumi ended with exit code {ended.code}. To go on: make up STACK={stack}; to "
            f"begin anew: make down STACK={stack} first."
        )
        return ended.code

    def preview(self) -> int:
        """`pulumi preview` against the cloud that runs; its exit code."""
        preflight.require((preflight.CLI, preflight.PLUGINS), self.situation, self.report.say)
        running = cloud.running()
        stack = self.situation.target.stack
        if running is None or not self._state.is_dir():
            raise RefusedError.because(
                "The emulated AWS does not run.", f"Bring it up: make up STACK={stack}"
            )
        return self._engine(running.environment).preview().code

    def down(self) -> int:
        """Destroy the stack as far as it can be, then remove the cloud and the state."""
        if self._state.is_dir() and not self._destroyed():
            return 130
        try:
            cloud.stop(report=self.report.say)
        except CloudError as problem:
            raise _refused(problem) from problem
        shutil.rmtree(self._state, ignore_errors=True)
        self.report.say("The emulated AWS, its containers and the stack's state are gone.")
        return 0

    def _tell_page(self, outputs: dict[str, Any], endpoint_url: str) -> int:
        """Where the page is; 1 when it does not answer there."""
        stack = self.situation.target.stack
        address = page.address(outputs, endpoint_url)
        self.report.say("Waiting for the page to answer ...")
        answered = bool(address) and page.answers(address)
        if not answered:
            self.report.say(
                f"The page has not answered within {page.PATIENCE:.0f} s; what runs: "
                "python -m emulated status"
            )
        tell_outputs(self.report, stack, {**outputs, "address": address})
        self.report.say(f"To stop and remove all of it: make down STACK={stack}")
        return 0 if answered else 1

    def _started(self) -> Cloud:
        named = self.situation.target.settings.aws_endpoints["default"]
        try:
            running = cloud.start(containers=True, report=self.report.say)
        except CloudError as problem:
            raise _refused(problem) from problem
        if running.endpoint_url != named:
            raise RefusedError.because(
                f"The emulated AWS is at {running.endpoint_url}, but "
                f"{self.situation.target.file_name} names {named}.",
                "Write that address and its neighbours under aws-endpoints:, or start it at the "
                "named ports (EMULATED_AWS_PORT, EMULATED_MOTO_PORT)",
            )
        return running

    def _engine(self, extra: Mapping[str, str]) -> Engine:
        engine = self.situation.engine
        if isinstance(engine, Missing):
            raise RefusedError("", [engine])
        runner = self.situation.runner
        environ = environment(runner.environ, runner.folder, extra)
        return replace(engine, runner=replace(runner, environ=environ))

    def _destroyed(self) -> bool:
        """Whether to go on: a destroy that fails does not matter, one that a person stopped does.

        Without the CLI or the cloud there is nothing to destroy with: what the cloud held goes
        with it.
        """
        running = cloud.running()
        if isinstance(self.situation.engine, Missing) or running is None:
            self.report.say("The stack is not destroyed piece by piece: it goes with its cloud.")
            return True
        engine = self._engine(running.environment)
        locks.clear(engine, self._state)
        ended = engine.destroy()
        if ended.interrupted:
            self.report.say("Stopped; the emulated cloud still runs.")
        elif ended.code:
            self.report.say("Not everything could be destroyed; the rest goes with its cloud.")
        return not ended.interrupted


def _refused(problem: CloudError) -> RefusedError:
    what, _, remedy = str(problem).partition("\n")
    return RefusedError("", [Missing(what, remedy)])
