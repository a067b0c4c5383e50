"""A stack's plan: its settings, what they would create, what was checked, what to look at."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.settings import PROCFILE, Settings, load_settings
from infra.stack_files import read_stack
from planning import lazy_packages
from planning.provider_check import problems
from planning.recording import Recording, record
from planning.resource import Resource

ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing that was looked at; it passed when nothing was found."""

    name: str
    extent: str
    found: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What one stack's settings come to."""

    stack: str
    settings: Settings
    recording: Recording
    checks: tuple[Check, ...]
    warnings: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed; warnings do not count."""
        return not any(check.found for check in self.checks)

    @property
    def groups(self) -> Mapping[Resource | None, tuple[Resource, ...]]:
        """Resources by the outermost component they belong to, in the order of declaration."""
        # A component is registered when it is declared, a resource when its arguments are known.
        found: dict[Resource | None, list[Resource]] = {
            component: [] for component in self.recording.components if not component.parent
        }
        for resource in self.recording.custom:
            found.setdefault(self._outermost(resource), []).append(resource)
        return {component: tuple(resources) for component, resources in found.items() if resources}

    @property
    def providers(self) -> Mapping[str, int]:
        """Number of resources by the package that provides them."""
        return Counter(resource.type.partition(":")[0] for resource in self.recording.custom)

    def _outermost(self, resource: Resource) -> Resource | None:
        component = self.recording.component_of(resource)
        while component is not None:
            above = self.recording.component_of(component)
            if above is None:
                return component
            component = above
        return None


def make_plan(stack: str, root: Path = ROOT, procfile: Path = PROCFILE) -> Plan:
    """Read, record and check one stack, offline.

    Raises StackFileError when it has no readable file, SettingsError with every problem in it.
    """
    settings = load_settings(read_stack(stack, root), procfile)
    recording = record(_program(settings, procfile), stack=stack)
    return Plan(
        stack=stack,
        settings=settings,
        recording=recording,
        checks=_checks(recording),
        warnings=_warnings(settings, recording),
    )


def _program(settings: Settings, procfile: Path) -> Callable[[], object]:
    # Imported here, as the classes of the provider take most of the time of a plan, which a
    # stack with unusable settings does not need.
    lazy_packages.install()
    from infra.stack import deploy

    return lambda: deploy(settings, procfile)


def _checks(recording: Recording) -> tuple[Check, ...]:
    custom = recording.custom
    refused = [f"{resource.label}: {line}" for resource in custom for line in problems(resource)]
    return (
        Check(name="settings", extent="every value and the rules between them"),
        Check(name="declarations", extent=f"{len(custom)} resources, no name twice, no AWS call"),
        Check(
            name="provider",
            extent=f"arguments, values and names of {len(custom)} resources",
            found=tuple(refused),
        ),
    )


def _warnings(settings: Settings, recording: Recording) -> tuple[str, ...]:
    examples = [f"{key} still holds an example value" for key in settings.placeholders()]
    logged = [message.text for message in recording.messages if message.severity != "info"]
    return (*examples, *settings.warnings(), *logged)
