"""Whether visitors see the page of a maintenance instead of the application."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from ops.permissions import NO_RESOURCE, TABLE, Need
from ops.problems import OpsError
from ops.sections.section import Section

if TYPE_CHECKING:
    from ops.clients import OpsClients
    from ops.maintenance.situation import Situation
    from ops.outputs import Outputs

NOTICE = Need(
    actions=("dynamodb:GetItem",),
    resources=(TABLE,),
    condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "maintenance"}},
)
NEEDS = (
    NOTICE,
    Need(
        actions=("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"),
        because=NO_RESOURCE,
    ),
)


def section(clients: OpsClients, outputs: Outputs, now: datetime) -> Section:
    """On is told, as somebody means it; half on, or half off, is wrong.

    Behind somebody else's rule nobody knows what visitors see.
    """
    from ops.maintenance import listener_rules
    from ops.maintenance import notice as maintenance_notice
    from ops.maintenance.situation import Situation

    notice = maintenance_notice.read(clients.dynamodb, outputs.releases_table_name)
    try:
        rules = listener_rules.read(clients.elbv2, outputs)
    except OpsError as error:
        return Section(state="unknown", text=f"not known: {str(error).partition('. ')[0]}")
    found = Situation(notice=notice, rules=rules, workers={})
    facts = {"state": found.state, "stopped": list(notice.stopped) if notice else []}
    if found.state == "off":
        return Section(state="fine", text="none", facts=facts)
    if found.is_partly:
        text = (
            f"visitors of {outputs.address} reach the application: the page is on another listener "
            "only"
        )
        return Section(state="wrong", text=text, facts=facts)
    if found.is_unfinished:
        text = "begun or ended by half; `bin/ops maintenance` says what is missing"
        return Section(state="wrong", text=text, facts=facts)
    return Section(state="told", text=_text(found, now), facts=facts)


def _text(found: Situation, now: datetime) -> str:
    from ops.releases.history import when
    from release.caller import short_name

    notice = found.notice
    since = f" since {when(notice.since, now)}, by {short_name(notice.who)}" if notice else ""
    stopped = f"; stopped: {', '.join(notice.stopped)}" if notice and notice.stopped else ""
    return f"visitors see its page{since}{stopped}"
