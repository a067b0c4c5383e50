"""SES: the configuration set of an identity."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

from ministack.core.responses import json_response
from ministack.services import ses_v2

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings


def install(_settings: ServerSettings) -> None:
    """Keep the configuration set that an identity is given."""
    replace(ses_v2, "handle_request", _keeping_configuration_set)


def _keeping_configuration_set(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        data = json.loads(body) if body and method in ("POST", "PUT") else {}
        named = re.search(r"/identities/([^/]+)/configuration-set$", path)
        if named and method == "PUT":
            return _change(unquote(named.group(1)), data.get("ConfigurationSetName"))
        result = await original(method, path, headers, body, query)
        created = method == "POST" and path.endswith("/identities") and result[0] == 200
        if created and data.get("ConfigurationSetName"):
            _change(data["EmailIdentity"], data["ConfigurationSetName"])
        return result

    return handle


def _change(name: str, configuration_set: str | None) -> Any:
    identity = ses_v2._identities.get(name)
    if identity is None:
        return ses_v2._json_err("NotFoundException", "Identity not found", 404)
    identity["ConfigurationSetName"] = configuration_set
    return json_response({})
