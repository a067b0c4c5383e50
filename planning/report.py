"""A plan for people and programs: table, plain text, Markdown, JSON, summary."""

import json
from itertools import groupby
from pathlib import Path
from typing import IO

from planning.facts import facts
from planning.plan import ROOT, Plan, make_plan
from planning.rows import by_label, component_label, headline, kind_label, rows, verdicts
from planning.times import rollout_times


def summary(stack: str, root: Path = ROOT) -> str:
    """The plan of a stack in a few lines: totals, checks, warnings.

    Raises StackFileError and SettingsError as `make_plan` does.
    """
    plan = make_plan(stack, root)
    parts = [f"{label} {len(resources)}" for label, resources in by_label(plan).items()]
    lines = [f"Plan of {headline(plan)}", "  " + ", ".join(parts)]
    lines += [f"  check {verdict}" for verdict in verdicts(plan)]
    lines += [f"  warning: {warning}" for warning in plan.warnings]
    return "\n".join(lines)


def plain(plan: Plan) -> str:
    """Aligned columns without colour, never cut: for a pipe or a file."""
    table = rows(plan)
    component_width = max((len(row.component) for row in table), default=0)
    resource_width = max((len(row.resource) for row in table), default=0)
    lines = []
    for component, group in groupby(table, key=lambda row: row.component):
        shown = component
        for row in group:
            first, *others = row.settings or ("",)
            lead = f"{shown:{component_width}}  {row.resource:{resource_width}}  {row.count:3}  "
            lines.append((lead + first).rstrip())
            lines += [" " * len(lead) + other for other in others]
            shown = ""
    return "\n".join([*lines, "", *_closing(plan)])


def _closing(plan: Plan) -> list[str]:
    return [
        f"Total of {headline(plan)}",
        rollout_times(plan.settings),
        *(f"Check {verdict}" for verdict in verdicts(plan)),
        *(f"Warning: {warning}" for warning in plan.warnings),
    ]


def show_table(plan: Plan, stream: IO[str]) -> None:
    """The table on a terminal, in colour and as wide as it is."""
    # Only a terminal needs it, and it takes a twentieth of a second.
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(file=stream)
    table = Table(title=f"Plan of {plan.stack}", box=None, header_style="bold", pad_edge=False)
    table.add_column("Component", style="cyan", no_wrap=True)
    table.add_column("Resource", overflow="fold")
    table.add_column("Count", justify="right")
    table.add_column("Settings that matter", style="dim", min_width=24)
    for component, group in groupby(rows(plan), key=lambda row: row.component):
        shown = component
        for row in group:
            table.add_row(shown, row.resource, str(row.count), escape("\n".join(row.settings)))
            shown = ""
        table.add_section()
    console.print(table)
    console.print(f"\n[bold]{escape(headline(plan))}[/]")
    console.print(escape(rollout_times(plan.settings)))
    colour = "green" if plan.passed else "red"
    for verdict in verdicts(plan):
        console.print(f"[{colour}]Check[/] {escape(verdict)}")
    for warning in plan.warnings:
        console.print(f"[yellow]Warning[/] {escape(warning)}")


def marker(stack: str) -> str:
    """The first line of a Markdown plan, by which a later run finds its comment again."""
    return f"<!-- flask-fargate plan of {stack} -->"


def markdown(plan: Plan) -> str:
    """A comment for a pull request; the table is folded, checks and warnings are not."""
    sign = "✅" if plan.passed else "❌"
    lines = [
        marker(plan.stack),
        f"### {sign} Offline plan of `{plan.stack}`",
        "",
        headline(plan),
        "",
        rollout_times(plan.settings),
        "",
    ]
    lines += [_bullet(verdict) for verdict in verdicts(plan)]
    lines += [f"- ⚠️ {warning}" for warning in plan.warnings]
    lines += ["", "<details><summary>Resources by component</summary>", ""]
    lines += [
        "| Component | Resource | Count | Settings that matter |",
        "| --- | --- | ---: | --- |",
    ]
    for row in rows(plan):
        settings = "<br>".join(line.replace("|", "\\|") for line in row.settings)
        lines.append(f"| {row.component} | {row.resource} | {row.count} | {settings} |")
    return "\n".join([*lines, "", "</details>"])


def _bullet(verdict: str) -> str:
    return verdict if verdict.startswith("  - ") else f"- {verdict}"


def as_json(plan: Plan) -> str:
    """The plan for a program; keys are stable, every resource is listed."""
    content = {
        "stack": plan.stack,
        "passed": plan.passed,
        "totals": {
            "resources": len(plan.recording.custom),
            "components": len(plan.recording.components),
            "providers": dict(plan.providers),
        },
        "components": [
            {
                "component": component_label(component),
                "name": component.name if component else None,
                "resources": [
                    {
                        "type": resource.type,
                        "label": kind_label(resource.type),
                        "name": resource.name,
                        "urn": resource.urn,
                        "settings": facts(resource),
                        "protected": resource.protect,
                    }
                    for resource in resources
                ],
            }
            for component, resources in plan.groups.items()
        ],
        "outputs": sorted(plan.recording.outputs),
        "checks": [
            {"name": check.name, "extent": check.extent, "found": list(check.found)}
            for check in plan.checks
        ],
        "warnings": list(plan.warnings),
    }
    return json.dumps(content, indent=2)
