"""The commands by which a stack comes back to what its file says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WayBack:
    """Sentences to end a remedy with, for one stack."""

    stack: str

    @property
    def file_name(self) -> str:
        """The stack's YAML file."""
        return f"Pulumi.{self.stack}.yaml"

    @property
    def up(self) -> str:
        """What applies the file."""
        return f"`make up STACK={self.stack}`"

    @property
    def refresh(self) -> str:
        """What looks for what AWS has, first: Pulumi itself believes its state."""
        return f"`pulumi refresh --stack {self.stack}` and then {self.up}"
