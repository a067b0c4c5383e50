"""Where a stack's AWS is, by its file: region, account, name, and addresses of an emulated one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from infra import naming
from infra.stack_files import StackFileError, read_stack
from ops.problems import OpsError
from release.clients import Access


@dataclass(frozen=True, kw_only=True)
class Place:
    """A stack's prefix, the tags that all it consists of carries, and the AWS that holds it."""

    stack: str
    prefix: str
    tags: Mapping[str, str]
    access: Access

    @property
    def is_emulated(self) -> bool:
        """Whether it is no AWS at all, and answers only a part of what AWS does."""
        return bool(self.access.endpoints)


def place_of(stack: str, root: Path) -> Place:
    """What the stack's file says; OpsError when it cannot be read."""
    try:
        config = read_stack(stack, root)
        return Place(
            stack=stack,
            prefix=naming.prefix(str(config["app-name"]), str(config["stage"])),
            # infra.tags puts them on; it needs all settings, this only two.
            tags={"Project": str(config["app-name"]), "Environment": str(config["stage"])},
            access=Access(
                region=str(config["region"]),
                account_id=str(config["account-id"]),
                endpoints=dict(config["aws-endpoints"]),
            ),
        )
    except (StackFileError, KeyError, TypeError, ValueError) as error:
        raise OpsError(
            f"Pulumi.{stack}.yaml cannot be used: {error}\nCorrect it; `make plan STACK={stack}` "
            "names everything that is wrong.",
            exit_code=2,
        ) from error
