"""Whether a service has taken the revision it was asked for: AWS's answers in, judgement out."""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from release.deployments import MISSING, Deployment, short
from release.look import Aim, Look, Seen
from release.rollout_line import progress

# ECS's circuit breaker acts at max(3, half of desired), at most 200, failed tasks
# [https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html].
BREAKER_SHARE, BREAKER_LEAST, BREAKER_MOST = 0.5, 3, 200
# Nothing serves yet and nothing can be gone back to: the second death is reason enough.
FIRST_DEPLOYMENT_DEATHS = 2
# Beyond the service's grace period, in which a task may well be unhealthy while it starts.
UNHEALTHY_SECONDS = 45
# After a death all must have been well for so long: what died once may do so again.
STEADY_SECONDS = 30
# ECS's answers may lag behind what it was asked [ECS API, eventual consistency].
LAG_SECONDS = 30
_WENT_BACK = re.compile(r"roll(ed|ing) back|deployment failed", re.IGNORECASE)

Outcome = Literal["waiting", "done", "failed"]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """Where a service is: a line for the person, and the reason when it has failed."""

    outcome: Outcome
    line: str
    reason: str = ""


def judge(aim: Aim, look: Look, seen: Seen) -> Judgement:
    """Judge the last look, which `seen` already holds."""
    line = progress(aim.process, look, seen)
    reason = _fault_of_service(look) or _fault_of_deployment(aim, look, seen)
    if not reason and _is_complete(look, seen):
        return Judgement(outcome="done", line=f"{line}; complete")
    reason = reason or _fault_of_tasks(aim, look, seen)
    return Judgement(outcome="failed" if reason else "waiting", line=line, reason=reason)


def deaths_that_end_it(aim: Aim, desired: int) -> int:
    """How many failed tasks are too many."""
    if aim.way_back is None:
        return FIRST_DEPLOYMENT_DEATHS
    return min(max(BREAKER_LEAST, math.ceil(desired * BREAKER_SHARE)), BREAKER_MOST)


def _fault_of_service(look: Look) -> str:
    status = look.service.status
    if status == "ACTIVE":
        return ""
    if status == MISSING:
        return "ECS knows no such service; somebody deleted it"
    return f"the service is {status}; somebody deletes it"


def _fault_of_deployment(aim: Aim, look: Look, seen: Seen) -> str:
    primary, ours = look.service.primary, seen.deployment
    if primary is None:
        return ""
    if ours and primary.id == ours.id:
        gave_up = f"ECS gave {short(aim.revision)} up: {primary.reason or 'it names no reason'}"
        return gave_up if primary.state == "FAILED" else ""
    because = _why_ecs_went_back(primary, look, ours) if ours else ""
    since = _seconds(aim.asked_at or seen.began_at, look)
    is_older = ours is None or primary.created_at < ours.created_at
    if since < LAG_SECONDS and is_older and (aim.asked_at or not because):
        return ""
    return _overtaken(aim, primary, because)


def _overtaken(aim: Aim, primary: Deployment, because: str) -> str:
    other = short(primary.revision)
    if because:
        return f"ECS rolled back to {other}: {because}"
    if primary.revision in (aim.way_back, aim.revision):
        return f"the service went back to {other} and ECS names no reason: somebody set it back"
    return f"somebody else deployed {other} meanwhile"


def _why_ecs_went_back(primary: Deployment, look: Look, ours: Deployment) -> str:
    """ECS's own words, the most telling first: of our deployment, of its events, of the new one."""
    for each in look.service.deployments:
        if each.id == ours.id and each.state == "FAILED":
            return each.reason or "it names no reason"
    for event in look.service.events:
        if event.time >= ours.created_at and _WENT_BACK.search(event.message):
            return event.message
    return primary.reason if primary.is_rollback else ""


def _fault_of_tasks(aim: Aim, look: Look, seen: Seen) -> str:
    if seen.deaths >= deaths_that_end_it(aim, look.service.desired):
        return f"{seen.deaths} new tasks failed"
    patience = look.service.grace_seconds + UNHEALTHY_SECONDS
    if seen.unhealthy_since and _seconds(seen.unhealthy_since, look) >= patience:
        return f"no new task passed its health check within {patience} s"
    return ""


def _is_complete(look: Look, seen: Seen) -> bool:
    primary, desired = look.service.primary, look.service.desired
    if primary is None or seen.deployment is None or primary.id != seen.deployment.id:
        return False
    has_settled = seen.died_at is None or _seconds(seen.died_at, look) >= STEADY_SECONDS
    has_arrived = primary.state == "COMPLETED" and primary.desired == primary.running == desired
    staying = [each for each in look.targets or () if not each.is_leaving]
    serves = look.targets is None or (
        len(staying) == desired and all(each.is_healthy for each in staying)
    )
    return has_settled and has_arrived and serves


def _seconds(since: datetime, look: Look) -> float:
    return (look.time - since).total_seconds()
