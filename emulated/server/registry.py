"""ECR at an address that Docker pushes to without TLS or login, with what ministack leaves out."""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import get_account_id, json_response
from ministack.services import ecr

from emulated.server.image_size import image_size
from emulated.server.patching import Function, replace, replace_each
from emulated.server.settings import ServerSettings
from emulated.server.shelf import shelf

Record = dict[str, Any]


def install(settings: ServerSettings) -> None:
    """Name repositories by `registry_host`; keep the scanning settings; measure images."""
    host = settings.registry_host

    def addressing(_original: Function) -> Function:
        return lambda name: f"{host}/{name}"

    def authorizing(original: Function) -> Function:
        return authorized(original, host)

    replace_each(
        ecr,
        {
            "_repo_uri": addressing,
            "_get_authorization_token": authorizing,
            "_describe_images": _measured,
        },
    )
    replace(ecr, "handle_request", _with_scanning_settings)


def authorized(original: Function, host: str) -> Function:
    """The function that hands out a login, for the registry at this host."""

    def authorize(data: Record) -> Any:
        answer = json.loads(original(data)[2])
        for login in answer["authorizationData"]:
            login["proxyEndpoint"] = f"http://{host}"
        return json_response(answer)

    return authorize


def _measured(original: Function) -> Function:
    """ministack gives the size of the manifest for that of the image."""

    def describe(data: Record) -> Any:
        status, headers, body = original(data)
        answer = json.loads(body)
        stored = ecr._images.get(data.get("repositoryName", "")) or []
        manifests = {image["imageDigest"]: image.get("imageManifest", "") for image in stored}
        for detail in answer.get("imageDetails", []):
            detail["imageSizeInBytes"] = image_size(manifests.get(detail["imageDigest"], ""))
        return json_response(answer, status) if status == 200 else (status, headers, body)

    return describe


def _with_scanning_settings(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        action = headers.get("x-amz-target", "").split(".")[-1]
        if action == "PutRegistryScanningConfiguration":
            return _put_scanning(json.loads(body or b"{}"))
        if action == "GetRegistryScanningConfiguration":
            return json_response({"registryId": get_account_id(), "scanningConfiguration": _scan()})
        return await original(method, path, headers, body, query)

    return handle


def _scan() -> Record:
    return {"scanType": "BASIC", "rules": [], **shelf("registry scan")}


def _put_scanning(data: Record) -> Any:
    given: Record = {name: data[name] for name in ("scanType", "rules") if name in data}
    shelf("registry scan").update(given)
    return json_response({"registryScanningConfiguration": _scan()})
