"""Options of an ACM certificate, which are kept and shown as AWS does."""

from __future__ import annotations

import json
from typing import Any

from ministack.services import acm

from emulated.server.patching import Function, replace
from emulated.server.settings import ServerSettings

# ACM API, CertificateOptions: logged unless declined.
DEFAULTS = {"CertificateTransparencyLoggingPreference": "ENABLED"}


def install(_settings: ServerSettings) -> None:
    """Remember what was asked for."""
    replace(acm, "_request_certificate", _with_options)


def _with_options(original: Function) -> Function:
    def request(data: dict[str, Any]) -> Any:
        answer = original(data)
        if answer[0] == 200:
            arn = json.loads(answer[2])["CertificateArn"]
            acm._certificates[arn]["Options"] = {**DEFAULTS, **(data.get("Options") or {})}
        return answer

    return request
