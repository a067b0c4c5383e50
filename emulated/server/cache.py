"""ElastiCache: parameters by source, and settings that ministack does not show."""

from __future__ import annotations

from typing import Any

from ministack.services import elasticache

from emulated.server.patching import Function, replace_each
from emulated.server.query_protocol import element
from emulated.server.settings import ServerSettings

Record = dict[str, Any]


def install(_settings: ServerSettings) -> None:
    """Wrap what creates and describes caches."""
    replace_each(
        elasticache,
        {
            "_describe_cache_parameters": _by_source,
            "_create_replication_group": _keeping_key,
            "_rg_xml": _showing_key,
            "_cluster_xml_inner": _showing_upgrades,
        },
    )


def _by_source(original: Function) -> Function:
    def describe(parameters: Record) -> Any:
        source = elasticache._p(parameters, "Source")
        name = elasticache._p(parameters, "CacheParameterGroupName")
        every = elasticache._param_group_params.get(name)
        if not source or not every:
            return original(parameters)
        matching = {k: v for k, v in every.items() if v.get("Source", "system") == source}
        elasticache._param_group_params[name] = matching
        try:
            return original(parameters)
        finally:
            elasticache._param_group_params[name] = every

    return describe


def _keeping_key(original: Function) -> Function:
    def create(parameters: Record) -> Any:
        result = original(parameters)
        key = elasticache._p(parameters, "KmsKeyId")
        if result[0] == 200 and key:
            name = elasticache._p(parameters, "ReplicationGroupId")
            elasticache._replication_groups[name]["KmsKeyId"] = key
        return result

    return create


def _showing_key(original: Function) -> Function:
    def xml(group: Record) -> str:
        text: str = original(group)
        return text + (element("KmsKeyId", group["KmsKeyId"]) if group.get("KmsKeyId") else "")

    return xml


def _showing_upgrades(original: Function) -> Function:
    def xml(cluster: Record, *rest: Any, **options: Any) -> str:
        text: str = original(cluster, *rest, **options)
        upgrades = str(cluster.get("AutoMinorVersionUpgrade", True)).lower()
        return text + element("AutoMinorVersionUpgrade", upgrades)

    return xml
