"""What AWS still has of a release that is to serve again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ops.failures import is_about_the_login, short
from ops.problems import OpsError
from ops.releases import lost_secrets
from ops.releases import parts as release_parts
from release.aws_errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ops.clients import OpsClients
    from ops.outputs import Outputs
    from ops.releases.lost_secrets import LostSecret
    from ops.releases.parts import ImageState, RestoreState
    from ops.releases.rollback_plan import RollbackPlan
    from release.progress import Say
    from release.record import Record

_OTHERWISE = "`bin/ops releases` shows the others; its commit can be released anew by `pulumi up`."


def must_be_whole(
    clients: OpsClients, outputs: Outputs, target: Record, say: Say
) -> ImageState | None:
    """State of the image, None where ECR did not say; OpsError when a part is gone."""
    definitions = target.task_definitions.items()
    wanted = {name: arn for name, arn in definitions if name in outputs.processes}
    if not wanted:
        raise OpsError(
            f"Release {target.number} cannot be gone back to: it has none of the processes that "
            f"this stack has now ({', '.join(outputs.processes)})."
        )
    revisions = release_parts.revisions(clients.ecs, sorted(wanted.values()))
    gone = release_parts.missing_among(revisions)
    if gone:
        verb = "is" if len(gone) == 1 else "are"
        raise _gone(target, f"{', '.join(gone)} {verb} gone")
    cited = {name: revisions[arn] for name, arn in wanted.items()}
    if lost := list(lost_secrets.of(clients, cited, say)):
        raise _lost(clients, outputs, target, lost)
    return _image(clients, outputs, target, say)


def _image(clients: OpsClients, outputs: Outputs, target: Record, say: Say) -> ImageState | None:
    try:
        image = release_parts.image_states(clients.ecr, outputs, [target.image])[target.image]
    except AwsError as error:
        if is_about_the_login(error):
            raise
        say(f"Whether its image is still there is not known: {short(error)}")
        return None
    if image == "gone":
        raise _gone(target, f"its image {target.image} is gone")
    return image


def restore_state(
    clients: OpsClients, outputs: Outputs, plan: RollbackPlan, say: Say
) -> RestoreState | None:
    """What the restore point before the migrations is worth; None where nobody knows."""
    before = plan.before_migrations
    if before is None or before.restore_point is None:
        return None
    try:
        return release_parts.restore_state(
            clients.rds, outputs.database_identifier, before.restore_point
        )
    except AwsError as error:
        if is_about_the_login(error):
            raise
        say(f"What its restore point is worth is not known: {short(error)}")
        return None


def _lost(
    clients: OpsClients, outputs: Outputs, target: Record, lost: Sequence[LostSecret]
) -> OpsError:
    """Which processes do not start without which secrets, and how those come back."""
    known = outputs.task_definition_arns.items()
    latest = [arn for name, arn in known if name in outputs.processes]
    of_program = lost_secrets.cited_by(release_parts.revisions(clients.ecs, latest).values())
    steps = [each.way_back(outputs.region, of_program) for each in lost]
    return _gone(target, "; ".join(each.sentence for each in lost), steps)


def _gone(target: Record, what: str, steps: Sequence[str] = ()) -> OpsError:
    said = f"Release {target.number} cannot be gone back to: {what}."
    return OpsError("\n".join([said, *filter(None, steps), _OTHERWISE]))
