"""Credentials of a task's own role, at the address where every SDK looks for them."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_region, json_response
from ministack.services import ecs, imds, sts

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

LIFETIME_SECONDS = 3600
# What a task definition may say itself, and then stays.
OWN_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL")
# ministack's way to credentials: an address that SDKs refuse.
REPLACED_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN")


@dataclass(frozen=True)
class Holder:
    """Who asks at one path."""

    role_arn: str
    task_id: str

    @property
    def session(self) -> dict[str, str]:
        """Account, ARN and id of the assumed role, as GetCallerIdentity shows them."""
        account, name = self.role_arn.split(":")[4], self.role_arn.rsplit("/", 1)[-1]
        return {
            "AccountId": account,
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{self.task_id}",
            "UserId": f"AROA{name[:16].upper()}:{self.task_id}",
            "PrincipalType": "AssumedRole",
        }


_HOLDERS: dict[str, Holder] = {}


def install(settings: ServerSettings) -> None:
    """Tell containers where their credentials are, and answer there."""

    def telling(original: Function) -> Function:
        return told(original, settings.server_address)

    replace(ecs, "_register_metadata", telling)
    replace(imds, "handle_request", _with_role_credentials)


def told(original: Function, address: str) -> Function:
    """The function that fills a container's environment, with addresses that work."""

    def register(
        task_arn: str,
        cluster_arn: str,
        definition: dict[str, Any],
        container: dict[str, Any],
        launch_type: str,
        environment: dict[str, str],
        *rest: Any,
    ) -> Any:
        own = {name: environment[name] for name in OWN_VARIABLES if name in environment}
        token = original(
            task_arn, cluster_arn, definition, container, launch_type, environment, *rest
        )
        for name in REPLACED_VARIABLES:
            environment.pop(name, None)
        metadata = f"http://{address}/v4/{token}"
        environment["ECS_CONTAINER_METADATA_URI_V4"] = metadata
        environment["ECS_CONTAINER_METADATA_URI"] = metadata
        kind = "FARGATE" if launch_type == "FARGATE" else "EC2"
        environment["AWS_EXECUTION_ENV"] = f"AWS_ECS_{kind}"
        environment["AWS_REGION"] = environment["AWS_DEFAULT_REGION"] = get_region()
        if role := definition.get("taskRoleArn"):
            path = f"/v2/credentials/{uuid.uuid4()}"
            _HOLDERS[path] = Holder(role, task_arn.rsplit("/", 1)[-1])
            environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = path
        environment.update(own)
        return token

    return register


def _with_role_credentials(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        holder = _HOLDERS.get(path.rstrip("/"))
        if holder is None:
            return await original(method, path, headers, body, query)
        document = imds._ecs_task_credentials_doc()
        session = {
            **holder.session,
            "SecretAccessKey": document["SecretAccessKey"],
            "SessionToken": document["Token"],
            "Expiration": time.time() + LIFETIME_SECONDS,
        }
        sts.register_session(document["AccessKeyId"], session)
        return json_response({**document, "RoleArn": holder.role_arn})

    return handle
