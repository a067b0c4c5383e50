"""The stack's file: whether an update would take it, and whether it was applied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ops.checks.check import Check
from ops.checks.finding import Finding, ok, problem, warning

if TYPE_CHECKING:
    from infra.settings import Settings
    from ops.checks.situation import Situation
    from ops.outputs import Outputs


def find(situation: Situation) -> Iterator[Finding]:
    """No setting that would be refused, no example's value, nothing that waits for an update."""
    from infra.problems import SettingsError
    from infra.settings import load_settings
    from infra.stack_files import read_stack

    file_name = situation.way_back.file_name
    try:
        settings = load_settings(read_stack(situation.stack, situation.root))
    except SettingsError as error:
        for each in error.problems:
            yield problem(f"{file_name}: {each}", "Correct that line")
        return
    examples = settings.placeholders()
    if examples and not situation.place.is_emulated:
        yield problem(
            f"{file_name} still has example values: {', '.join(examples)}",
            "Write your own in the lines marked `yours`",
        )
    waiting = _not_applied(settings, situation.published)
    if waiting:
        yield warning(
            f"{file_name} says otherwise than the stack: {'; '.join(waiting)}",
            f"{situation.way_back.up} applies the file",
        )
    if not examples and not waiting:
        yield ok(f"{file_name} can be used, and agrees with the stack")


def _not_applied(settings: Settings, outputs: Outputs | None) -> list[str]:
    """What the file says and the stack is not, as far as its outputs tell."""
    if outputs is None:
        return []
    names = tuple(each for each in (settings.domain.name, *settings.domain.further_names) if each)
    pairs = {
        "domain names": (names, tuple(outputs.domain_names)),
        "database.port": (settings.database.port, outputs.database_port),
        "database.name": (settings.database.name, outputs.database_name),
        "database.app-user": (settings.database.app_user, outputs.database_user),
        "processes": (
            tuple(sorted((*settings.processes, "web"))),
            tuple(sorted(outputs.service_names)),
        ),
    }
    return [
        f"{what}: {_text(wanted)} here, {_text(found)} there"
        for what, (wanted, found) in pairs.items()
        if wanted != found
    ]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)


CHECK = Check(name="settings", about="the stack's file", find=find, asks_aws=False, of_stack=False)
