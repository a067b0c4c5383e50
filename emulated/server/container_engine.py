"""The container engine as ministack sees it: every name and label passes through ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from docker.api.client import APIClient
from docker.errors import APIError
from ministack.core import container_reaper

from emulated.server.container_names import ContainerNames
from emulated.server.image_pull import pull_problem
from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings


def install(settings: ServerSettings) -> None:
    """Translate names and labels where the Docker SDK talks to the engine."""
    names = ContainerNames(settings.name_prefix)
    replace(APIClient, "create_container_from_config", partial(_creating, names))
    replace(APIClient, "inspect_container", partial(_inspecting, names))
    replace(APIClient, "containers", partial(_listing, names))
    for method in ("inspect_volume", "remove_volume"):
        replace(APIClient, method, partial(_naming, names))
    replace(APIClient, "pull", _complaining)
    replace(container_reaper, "reap_all", _only_our_own)


def _creating(names: ContainerNames, original: Function) -> Function:
    def create(api: Any, config: Any, name: str | None = None, platform: Any = None) -> Any:
        named = names.outside(name) if name else name
        return original(api, names.outside_config(config), named, platform)

    return create


def _inspecting(names: ContainerNames, original: Function) -> Function:
    def inspect(api: Any, container: Any) -> Any:
        named = names.outside(container) if isinstance(container, str) else container
        found = original(api, named)
        config = found.get("Config") or {}
        labels = names.inside_labels(config.get("Labels"))
        return {**found, "Config": {**config, "Labels": labels}}

    return inspect


def _listing(names: ContainerNames, original: Function) -> Function:
    def containers(api: Any, *arguments: Any, **options: Any) -> Any:
        if options.get("filters"):
            options["filters"] = names.outside_filters(options["filters"])
        found = original(api, *arguments, **options)
        return [{**c, "Labels": names.inside_labels(c.get("Labels"))} for c in found]

    return containers


def _naming(names: ContainerNames, original: Function) -> Function:
    def named(api: Any, name: str, *arguments: Any, **options: Any) -> Any:
        return original(api, names.outside(name), *arguments, **options)

    return named


def _complaining(original: Function) -> Function:
    """The SDK drops what the engine says while it pulls; the image then merely is not there."""

    def pull(api: Any, repository: str, *arguments: Any, **options: Any) -> Any:
        answer = original(api, repository, *arguments, **options)
        return _checked(answer, repository) if options.get("stream") else answer

    return pull


def _checked(lines: Iterable[bytes], repository: str) -> Iterator[bytes]:
    for line in lines:
        if problem := pull_problem(line):
            raise APIError(f"cannot pull {repository}: {problem}")
        yield line


def _only_our_own(original: Function) -> Function:
    """Never takes a container away that is not known to be of this server, whatever its label."""

    def reap(client: Any, stop_timeout: int = 2, **_options: Any) -> Any:
        return original(client, stop_timeout, include_unlabelled=False)

    return reap
