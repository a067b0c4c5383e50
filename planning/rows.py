"""A plan as rows: component, resource, count, what matters; the content of every table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from planning.facts import facts
from planning.plan import Plan
from planning.resource import Resource


@dataclass(frozen=True)
class Row:
    """Resources of one type in one component; `settings` has one line for each that differs."""

    component: str
    resource: str
    count: int
    settings: tuple[str, ...]


def rows(plan: Plan) -> tuple[Row, ...]:
    """One row per kind of component and type, in the order of declaration."""
    made = []
    for label, resources in by_label(plan).items():
        kinds: dict[str, list[Resource]] = {}
        for resource in resources:
            kinds.setdefault(resource.type, []).append(resource)
        for kind, alike in kinds.items():
            made.append(Row(label, kind_label(kind), len(alike), _lines(alike)))
    return tuple(made)


def by_label(plan: Plan) -> Mapping[str, list[Resource]]:
    """Resources by the kind of their component: those of all services stand together."""
    found: dict[str, list[Resource]] = {}
    for component, resources in plan.groups.items():
        found.setdefault(component_label(component), []).extend(resources)
    return found


def component_label(component: Resource | None) -> str:
    """`database` for `flask-fargate:database:Database`; `stack` for what has no component."""
    return component.type.split(":")[1] if component else "stack"


def kind_label(token: str) -> str:
    """`rds Instance` for `aws:rds/instance:Instance`."""
    package, module, name = token.split(":")
    service = module.split("/")[0]
    return f"{package if service == 'index' else service} {name}"


def _lines(alike: Iterable[Resource]) -> tuple[str, ...]:
    said = (", ".join(facts(resource)) for resource in alike)
    return tuple(dict.fromkeys(line for line in said if line))


def headline(plan: Plan) -> str:
    """Totals in one line."""
    return (
        f"{plan.stack}: {len(plan.recording.custom)} resources in "
        f"{len(plan.recording.components)} components"
    )


def verdicts(plan: Plan) -> list[str]:
    """One line per check, and one per thing that it found."""
    lines = []
    for check in plan.checks:
        state = f"{len(check.found)} FOUND" if check.found else "ok"
        lines.append(f"{check.name}: {state} ({check.extent})")
        lines += [f"  - {line}" for line in check.found]
    return lines
