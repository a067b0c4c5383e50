"""What runs, and what does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ops.sections.section import Section, judged

if TYPE_CHECKING:
    from ops.processes import ProcessView
    from release.record import Record


def section(
    views: Sequence[ProcessView], serving: Record | None, *, beginning: bool = False
) -> Section:
    """Every process with how many of its tasks run; wrong when one is not as it should be.

    With `beginning` the first release is under way, which makes the services.
    """
    if beginning and not any(each.is_there for each in views):
        return Section(state="told", text="none yet: the first release makes them")
    strangers = _strangers(views, serving)
    # The first line says what, the second what proves it; `ps` shows all of them.
    details = [f"{each.process}: {'; '.join(each.why[:2])}" for each in views if each.why]
    details += [
        f"{name}: runs {revision}, which is not of release {serving.number}: somebody deployed it"
        for name, revision in strangers.items()
        if serving
    ]
    return Section(
        state=judged(bool(details)),
        text=", ".join(map(_counted, views)),
        details=tuple(details),
        facts={each.process: _facts(each) for each in views},
    )


def _counted(view: ProcessView) -> str:
    mark = "" if view.in_program else " (no longer in the program)"
    if not view.desired and not view.running:
        return f"{view.process} {'none wanted' if view.is_there else 'not there'}{mark}"
    healthy = "" if view.healthy is None else " healthy"
    count = view.running if view.healthy is None else view.healthy
    return f"{view.process} {count}/{view.desired}{healthy}{mark}"


def _strangers(views: Sequence[ProcessView], serving: Record | None) -> Mapping[str, str]:
    """Revisions that no release and no rollout under way accounts for, by process."""
    if serving is None:
        return {}
    served = {name: arn.rpartition("/")[2] for name, arn in serving.task_definitions.items()}
    return {
        each.process: each.revision
        for each in views
        if each.revision and each.process in served and each.revision != served[each.process]
    }


def _facts(view: ProcessView) -> dict[str, Any]:
    return {
        "desired": view.desired,
        "running": view.running,
        "healthy": view.healthy,
        "revision": view.revision,
        "release": view.release,
        "why": list(view.why),
        "in_program": view.in_program,
    }
