"""The size of a task as a person writes it: `512/1024`, cpu units and MiB of memory."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.checks import FARGATE_MEMORY_MIB, fargate_pair
from infra.problems import RejectedError
from ops.problems import OpsError


@dataclass(frozen=True, kw_only=True)
class TaskSize:
    """1024 cpu units are one virtual core."""

    cpu_units: int
    memory_mib: int

    def __str__(self) -> str:
        """As it is typed."""
        return f"{self.cpu_units}/{self.memory_mib}"

    def overrides(self) -> dict[str, str]:
        """As RunTask takes it in place of the task definition's."""
        return {"cpu": str(self.cpu_units), "memory": str(self.memory_mib)}


def task_size(text: str) -> TaskSize:
    """The size; OpsError when Fargate has none such."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if not found:
        raise OpsError(f"{text!r} is no size. Write cpu units and MiB, as 512/1024.", exit_code=2)
    size = TaskSize(cpu_units=int(found[1]), memory_mib=int(found[2]))
    if size.cpu_units not in FARGATE_MEMORY_MIB:
        offered = ", ".join(map(str, FARGATE_MEMORY_MIB))
        raise OpsError(
            f"Fargate has no tasks of {size.cpu_units} cpu units; there are: {offered}.",
            exit_code=2,
        )
    try:
        fargate_pair(size.cpu_units, size.memory_mib)
    except RejectedError as error:
        raise OpsError(f"{text} does not exist: {error}.", exit_code=2) from None
    return size
