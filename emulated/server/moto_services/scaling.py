"""Application Auto Scaling: tags, ARNs that stay, and services of the other process."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

from emulated.server.patching import Function, replace

SHELF = "_tags_of_targets"


def install() -> None:
    """Add the calls that moto lacks."""
    replace(ApplicationAutoscalingBackend, "_ecs_service_exists_for_target", _always)
    replace(ApplicationAutoscalingBackend, "put_scaling_policy", _under_its_arn)
    replace(ApplicationAutoScalingResponse, "register_scalable_target", _keeping_tags)
    ApplicationAutoScalingResponse.list_tags_for_resource = _list_tags
    ApplicationAutoScalingResponse.tag_resource = _tag
    ApplicationAutoScalingResponse.untag_resource = _untag


def _always(_original: Function) -> Function:
    return lambda _backend, _resource: True


def _under_its_arn(original: Function) -> Function:
    """A policy that is changed keeps its ARN, by which alarms call it."""

    def put(backend: Any, *arguments: Any, **options: Any) -> Any:
        before = dict(backend.policies)
        policy = original(backend, *arguments, **options)
        for key, kept in backend.policies.items():
            if kept is policy and key in before:
                policy.policy_arn = before[key].policy_arn
        return policy

    return put


def _tags(response: Any, arn: str) -> dict[str, str]:
    shelf = vars(response.applicationautoscaling_backend).setdefault(SHELF, {})
    found: dict[str, str] = shelf.setdefault(arn, {})
    return found


def _keeping_tags(original: Function) -> Function:
    def register(response: Any) -> Any:
        answer = original(response)
        arn = json.loads(answer)["ScalableTargetARN"]
        _tags(response, arn).update(response._get_param("Tags") or {})
        return answer

    return register


def _list_tags(response: Any) -> str:
    return json.dumps({"Tags": _tags(response, response._get_param("ResourceARN"))})


def _tag(response: Any) -> str:
    _tags(response, response._get_param("ResourceARN")).update(response._get_param("Tags"))
    return "{}"


def _untag(response: Any) -> str:
    tags = _tags(response, response._get_param("ResourceARN"))
    for key in response._get_param("TagKeys"):
        tags.pop(key, None)
    return "{}"
