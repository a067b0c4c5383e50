"""A stack's YAML file, as `pulumi` would hand it to the program."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import SecretStr

from infra import yaml_scalars
from infra.problems import NAMESPACE

if TYPE_CHECKING:
    from yaml import SafeLoader
else:
    # The one in C is ten times as fast, where there is one: a person waits for it.
    SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# Stands for a value that only the stack's own key can read.
ENCRYPTED = SecretStr("[secret]")
_WITHOUT_QUOTES, _MERGE = "!without-quotes", "tag:yaml.org,2002:merge"


class StackFileError(Exception):
    """A stack has no file, or one that is not YAML; the message says what to do."""


class _Loader(SafeLoader):
    """Reads as the engine does: a key that stands twice is refused, of which PyYAML would take the
    last, and values without quotes are no YAML 1.1, in which `on` is true and 1:30 is 90.
    """

    # Found by the first character; None stands for any.
    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML looks for it in the class
        "<": [(_MERGE, re.compile(r"<<$"))],
        None: [(_WITHOUT_QUOTES, re.compile(""))],
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key, _ in node.value:
            if keys.count(key.value) > 1:
                raise yaml.MarkedYAMLError(
                    problem=f"{key.value} twice", problem_mark=key.start_mark
                )
        found = super().construct_mapping(node, deep)
        return {yaml_scalars.name(key): value for key, value in found.items()}

    def construct_without_quotes(self, node: yaml.ScalarNode) -> Any:
        """A text, a number, true, false or nothing."""
        return yaml_scalars.meaning(str(node.value))


for _tag in (_WITHOUT_QUOTES, _MERGE):
    _Loader.add_constructor(_tag, _Loader.construct_without_quotes)


def stacks(root: Path) -> list[str]:
    """Names of the stacks that have a file."""
    return sorted(path.name.split(".")[1] for path in root.glob("Pulumi.*.yaml"))


def read_stack(stack: str, root: Path) -> Mapping[str, Any]:
    """The configuration of one stack: keys without namespace, `secure:` values as a stand-in."""
    path = root / f"Pulumi.{stack}.yaml"
    if not path.is_file():
        known = ", ".join(stacks(root)) or "none"
        raise StackFileError(f"There is no {path.name}; stacks with a file: {known}.")
    try:
        content = yaml.load(path.read_text(), _Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise StackFileError(f"{path.name} is not YAML: {error}. Correct that line.") from error
    config = content.get("config") if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise StackFileError(f"{path.name} has no `config:` block; see docs/settings.md.")
    mine = f"{NAMESPACE}:"
    return {
        key.removeprefix(mine): _without_secrets(value)
        for key, value in config.items()
        if str(key).startswith(mine)
    }


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return (
            ENCRYPTED
            if set(value) == {"secure"}
            else {k: _without_secrets(v) for k, v in value.items()}
        )
    return [_without_secrets(item) for item in value] if isinstance(value, list) else value
