"""A command in a running task, with this terminal as its own."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from ops.exec_target import Target
from ops.problems import OpsError
from ops.session_plugin import Session
from release.aws_errors import code_of, in_words

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

# The best shell that the image has.
SHELL = ("sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")
# The agent runs, but Session Manager has lost it; the second code is how ECS told that before.
_LOST = {"TargetNotConnectedException", "TargetNotConnected"}
_NOT_READY = "InvalidParameterException"


def start_exec(ecs: ECSClient, target: Target, words: Sequence[str]) -> Session:
    """Begin the command; OpsError, with the fix, when its task does not answer."""
    try:
        answer = ecs.execute_command(
            cluster=target.cluster,
            task=target.id,
            container=target.container,
            command=shlex.join(words),
            interactive=True,  # there is no other way [ECS API, ExecuteCommand]
        )
    except ClientError as error:
        raise _explained(error, target) from error
    session = answer["session"]
    return Session(
        id=session["sessionId"],
        stream_url=session["streamUrl"],
        token=session["tokenValue"],
        request={"Target": target.address},
        region=ecs.meta.region_name,
        endpoint=ecs.meta.endpoint_url,
    )


def not_connected(target: Target, error: ClientError) -> OpsError:
    """The task's agent should be there, and AWS cannot reach it."""
    return OpsError(
        f"AWS cannot reach the exec agent of {target.name} ({in_words(error)}).\nThe task must "
        "reach ssmmessages on port 443, and its role may open channels there. If both is so, "
        "`bin/ops restart web` replaces the task."
    )


def is_lost(error: ClientError) -> bool:
    """Whether AWS says that the agent is not connected."""
    return code_of(error) in _LOST


def _explained(error: ClientError, target: Target) -> Exception:
    if is_lost(error):
        return not_connected(target, error)
    if code_of(error) == _NOT_READY:
        return OpsError(
            f"ECS does not let anybody into {target.name} ({in_words(error)}).\n"
            "Its exec agent may only just have started: repeat this in half a minute."
        )
    return error
