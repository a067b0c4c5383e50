"""A command in a running task, with this terminal as its own."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError

from ops.problems import OpsError
from ops.sessions.exec_target import Target
from ops.sessions.plugin import Session
from release.aws_errors import code_of, in_words
from release.progress import Clock

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

Answer = TypeVar("Answer")
# The best shell that the image has.
SHELL = ("sh", "-c", "if command -v bash >/dev/null; then exec bash; else exec sh; fi")
# The agent runs, but Session Manager has lost it; the second code is how ECS told that before.
_LOST = {"TargetNotConnectedException", "TargetNotConnected"}
_NOT_READY = "InvalidParameterException"
_CONNECTED_SECONDS, _POLL_SECONDS = 30.0, 2.0


def start_exec(ecs: ECSClient, target: Target, words: Sequence[str], clock: Clock) -> Session:
    """Begin the command; OpsError, with the fix, when its task does not answer."""
    answer = once_connected(
        target,
        lambda: ecs.execute_command(
            cluster=target.cluster,
            task=target.id,
            container=target.container,
            command=shlex.join(words),
            interactive=True,  # there is no other way [ECS API, ExecuteCommand]
        ),
        clock,
    )
    session = answer["session"]
    return Session(
        id=session["sessionId"],
        stream_url=session["streamUrl"],
        token=session["tokenValue"],
        request={"Target": target.address},
        region=ecs.meta.region_name,
        endpoint=ecs.meta.endpoint_url,
    )


def once_connected(target: Target, call: Callable[[], Answer], clock: Clock) -> Answer:
    """What AWS answers; OpsError, with the fix, when it cannot reach the task's agent.

    A new task is asked again for a while: its agent says that it runs before it is connected.
    """
    asked_at = clock.now()
    while True:
        try:
            return call()
        except ClientError as error:
            waited = (clock.now() - asked_at).total_seconds()
            may_pass = code_of(error) in {*_LOST, _NOT_READY}
            if not (target.is_new and may_pass) or waited > _CONNECTED_SECONDS:
                raise _explained(error, target) from error
        clock.sleep(_POLL_SECONDS)


def _explained(error: ClientError, target: Target) -> Exception:
    if code_of(error) in _LOST:
        again = "repeat this" if target.is_new else "`bin/ops restart web` replaces the task"
        return OpsError(
            f"AWS cannot reach the exec agent of {target.name} ({in_words(error)}).\nThe task must "
            "reach ssmmessages on port 443, and its role may open channels there. If both is so, "
            f"{again}."
        )
    if code_of(error) == _NOT_READY:
        return OpsError(
            f"ECS does not let anybody into {target.name} ({in_words(error)}).\n"
            "Its exec agent may only just have started: repeat this in half a minute."
        )
    return error
