"""The classes that pulumi_aws and pulumi_docker ship for a resource token."""

import importlib
import keyword
import re
from functools import cache
from typing import Any, Final

_PACKAGES: Final = {"aws": "pulumi_aws", "docker": "pulumi_docker"}
_PROVIDER: Final = re.compile(r"pulumi:providers:(\w+)")
_TOKEN: Final = re.compile(r"(\w+):([\w/]+):(\w+)")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])([A-Z])|(?<=[A-Z])([A-Z])(?=[a-z])")


def snake_case(name: str) -> str:
    """`vpcSecurityGroupIds` as `vpc_security_group_ids`."""
    return _WORD_START.sub(lambda found: "_" + (found[1] or found[2]), name).lower()


def _module_and_class(token: str) -> tuple[str, str] | None:
    if provider := _PROVIDER.fullmatch(token):
        package = _PACKAGES.get(provider[1])
        return (f"{package}.provider", "Provider") if package else None
    parts = _TOKEN.fullmatch(token)
    if not parts or parts[1] not in _PACKAGES:
        return None
    # Lambda's package is `lambda_`, as Python has a word of that name.
    path = [
        f"{name}_" if keyword.iskeyword(name) else name
        for name in snake_case(parts[2].removeprefix("index/")).split("/")
    ]
    return ".".join([_PACKAGES[parts[1]], *path]), parts[3]


@cache
def resource_class(token: str) -> type[Any] | None:
    """The class of a resource; None for the project's own components and other packages."""
    return _member(token, "")


@cache
def arguments_class(token: str) -> type[Any] | None:
    """The typed arguments of a resource; None as for `resource_class`."""
    # `InitArgs` where a nested argument of another resource has the plain name already.
    return _member(token, "InitArgs") or _member(token, "Args")


def _member(token: str, suffix: str) -> type[Any] | None:
    found = _module_and_class(token)
    if not found:
        return None
    try:
        module = importlib.import_module(found[0])
    except ModuleNotFoundError:
        return None
    member = getattr(module, found[1] + suffix, None)
    return member if isinstance(member, type) else None
