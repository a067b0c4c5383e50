"""The stack that a command is about: its settings, and what its file says about secrets."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from deploy.problems import Missing, RefusedError
from infra.problems import SettingsError
from infra.settings import Settings, load_settings
from infra.stack_files import StackFileError, read_stack


@dataclass(frozen=True)
class Target:
    """A stack whose settings could be read whole."""

    stack: str
    root: Path
    settings: Settings
    # `awskms://…` and the like: Pulumi then needs no passphrase.
    secrets_provider: str

    @property
    def file_name(self) -> str:
        """The stack's YAML file."""
        return f"Pulumi.{self.stack}.yaml"


def read_target(stack: str, root: Path) -> Target:
    """The stack's settings; RefusedError with every problem of its file."""
    if not stack:
        raise RefusedError.because("No stack was named.", "Name one: make down STACK=staging")
    try:
        settings = load_settings(read_stack(stack, root))
    except StackFileError as error:
        raise RefusedError.because(str(error), "Or name another stack: STACK=staging") from error
    except SettingsError as error:
        raise RefusedError(
            f"Pulumi.{stack}.yaml cannot be used:",
            [
                Missing(
                    f"{problem.key}: {problem.given} given; {problem.allowed}",
                    f"Write {problem.write}",
                )
                for problem in error.problems
            ],
        ) from error
    whole = yaml.safe_load((root / f"Pulumi.{stack}.yaml").read_text())
    return Target(stack, root, settings, str(whole.get("secretsprovider") or ""))
