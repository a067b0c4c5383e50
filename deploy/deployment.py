"""A stack in a real AWS account: `up`, `preview` and `down`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy import leftovers, preflight, protection
from deploy.engine import Engine
from deploy.preflight import Check, Situation
from deploy.problems import Missing, RefusedError
from deploy.process import Ended
from deploy.report import Report
from deploy.state import Held, counted, held_resources, kept
from deploy.target import Target
from infra.tags import default_tags

# Asks a person and gives the answer; EOFError when there is nobody.
Ask = Callable[[str], str]
WHOSE = ("Project", "Environment")


@dataclass(frozen=True)
class Deployment:
    """One stack, what is known of this machine, and where to report."""

    situation: Situation
    report: Report

    @property
    def target(self) -> Target:
        """The stack."""
        return self.situation.target

    def up(self, *, confirmed: bool) -> int:
        """Check, then `pulumi up`; its exit code."""
        engine = self._checked(preflight.FOR_UP)
        self.report.list("Worth knowing:", self.target.settings.warnings())
        engine.select(create=True, secrets_provider=self.target.secrets_provider)
        ended = engine.up(confirmed=confirmed, onto_stderr=self.report.as_json)
        if ended.code == 0:
            tell_outputs(self.report, self.target.stack, engine.outputs())
        else:
            self.report.say(_ended(ended, f"make up STACK={self.target.stack}"))
        return ended.code

    def preview(self) -> int:
        """Check, then `pulumi preview` of a stack that exists; its exit code."""
        engine = self._checked(preflight.FOR_PREVIEW)
        engine.select(create=False)
        return engine.preview().code

    def down(self, *, confirmed: bool, ask: Ask) -> int:
        """Show what goes and what stays, ask, delete, and look for what is left; exit code."""
        protection.refuse_while_protected(self.target)
        engine = self._checked(preflight.FOR_DOWN)
        resources = held_resources(engine.export())
        protection.refuse_until_applied(self.target, resources)
        self._announce(resources)
        if not confirmed:
            self._confirm(ask)
        ended = engine.destroy()
        if ended.code:
            self.report.say(_ended(ended, f"make down STACK={self.target.stack}"))
            return ended.code
        self.report.say(f"Everything in the stack {self.target.stack} has been deleted.")
        self._tell_leftovers()
        return 0

    def _checked(self, checks: tuple[Check, ...]) -> Engine:
        stack = self.target.stack
        self.report.say(f"Checking what {stack} needs:")
        preflight.require(checks, self.situation, self.report.say)
        if isinstance(self.situation.engine, Missing):
            raise RefusedError("", [self.situation.engine])
        return self.situation.engine

    def _announce(self, resources: list[Held]) -> None:
        stack, settings = self.target.stack, self.target.settings
        if not resources:
            self.report.say(f"The stack {stack} holds nothing; its deletion is a formality.")
        where = f"account {settings.account_id}, {settings.region}"
        self.report.list(
            f"To be deleted, {len(resources)} resources of {stack} ({where}):", counted(resources)
        )
        self.report.list("Still there afterwards:", kept(resources))

    def _confirm(self, ask: Ask) -> None:
        stack = self.target.stack
        try:
            answer = ask(f"Type the stack's name ({stack}) to delete it: ").strip()
        except EOFError:
            answer = ""
        if answer != stack:
            raise RefusedError.because(
                "The name was not typed, so nothing was deleted.",
                f"To delete the stack: make down STACK={stack}",
            )

    def _tell_leftovers(self) -> None:
        tags = default_tags(self.target.settings)
        mine = {key: tags[key] for key in WHOSE}
        self.report.say("Looking for what still carries the stack's tags ...")
        found = leftovers.find(mine, self.target.settings.region)
        if found.unknown:
            self.report.say(f"  AWS could not be asked: {found.unknown}")
            return
        self.report.list("Left on purpose (snapshots, keys in their waiting time):", found.meant)
        self.report.list(
            "Left, or deleted minutes ago (AWS lists some for hours; look again later):",
            found.unexpected,
        )
        if not (found.meant or found.unexpected):
            self.report.say("Nothing is left.")


def tell_outputs(report: Report, stack: str, outputs: Mapping[str, Any]) -> None:
    """The outputs of a stack that is up, the address last."""
    shown = dict(_flat("", {key: value for key, value in outputs.items() if key != "address"}))
    width = max(map(len, shown), default=0)
    report.list("Outputs:", [f"{key:{width}}  {shown[key]}" for key in sorted(shown)])
    address = outputs.get("address", "")
    if address:
        report.say(f"The application is at {address}")
    report.result({"stack": stack, "address": address, "outputs": outputs})


def _flat(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Nested outputs with dotted names, lists on one line."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}" if name else str(key), inner)
    else:
        yield name, " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _ended(ended: Ended, again: str) -> str:
    how = "was stopped" if ended.interrupted else f"ended with exit code {ended.code}"
    return f"Pulumi {how}. Nothing is lost: its state knows what exists. To go on: {again}"
