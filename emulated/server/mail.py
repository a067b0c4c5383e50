"""SES: the configuration set of an identity, and the keys that sign for its domain."""

from __future__ import annotations

import json
import re
import time
from typing import Any
from urllib.parse import unquote

from ministack.core.responses import json_response
from ministack.services import ses_v2

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

Record = dict[str, Any]
# https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html
KEY_LENGTH = "RSA_2048_BIT"
PART = re.compile(r"/identities/([^/]+)/(configuration-set|dkim|dkim/signing)$")


def install(_settings: ServerSettings) -> None:
    """Keep what ministack forgets of an identity."""
    replace(ses_v2, "handle_request", _completing)


def _completing(original: Function) -> Function:
    async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        data = json.loads(body) if body and method in ("POST", "PUT") else {}
        part = PART.search(path)
        if part and method == "PUT":
            return _change(unquote(part.group(1)), part.group(2), data)
        result = await original(method, path, headers, body, query)
        if method == "POST" and path.endswith("/identities") and result[0] == 200:
            identity = ses_v2._identities[data["EmailIdentity"]]
            identity["ConfigurationSetName"] = data.get("ConfigurationSetName")
            _sign(identity, data.get("DkimSigningAttributes") or {})
            answer = json.loads(result[2])
            return json_response({**answer, "DkimAttributes": identity["DkimAttributes"]})
        return result

    return handle


def _sign(identity: Record, given: Record) -> None:
    """Easy DKIM: SES makes the keys, of the length asked for; three records name them."""
    dkim = identity["DkimAttributes"]
    if dkim.get("SigningAttributesOrigin") != "AWS_SES":
        return
    length = given.get("NextSigningKeyLength") or dkim.get("NextSigningKeyLength") or KEY_LENGTH
    dkim.update(
        SigningEnabled=True,
        NextSigningKeyLength=length,
        CurrentSigningKeyLength=dkim.get("CurrentSigningKeyLength") or length,
        LastKeyGenerationTimestamp=dkim.get("LastKeyGenerationTimestamp") or int(time.time()),
    )


def _change(name: str, part: str, data: Record) -> Any:
    identity = ses_v2._identities.get(name)
    if identity is None:
        return ses_v2._json_err("NotFoundException", "Identity not found", 404)
    if part == "configuration-set":
        identity["ConfigurationSetName"] = data.get("ConfigurationSetName")
        return json_response({})
    dkim = identity["DkimAttributes"]
    if part == "dkim":
        dkim["SigningEnabled"] = bool(data.get("SigningEnabled"))
        return json_response({})
    _sign(identity, data.get("SigningAttributes") or {})
    return json_response({"DkimStatus": dkim["Status"], "DkimTokens": dkim["Tokens"]})
