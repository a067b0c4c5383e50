"""boto3 clients whose calls are answered by a test, in shapes that AWS's own models allow."""

from functools import cache
from typing import Any

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.model import OperationModel
from botocore.validate import validate_parameters

from release.clients import Access, Clients

ACCOUNT = "111122223333"


class RefusedError(Exception):
    """An error answer of AWS: its code, and fields that come with it."""

    def __init__(self, code: str, message: str = "no", **fields: Any) -> None:
        super().__init__(code)
        self.answer = {"Error": {"Code": code, "Message": message}, **fields}


def answering(**services: Any) -> Clients:
    """Clients that ask `services[<name>].<operation>(**parameters)` instead of AWS.

    Requests are checked by botocore, answers here: a fake that AWS could not be fails the test.
    Every call gives the same clients, as making one takes a tenth of a second.
    """
    _services.clear()
    _services.update(services)
    return _clients()


_services: dict[str, Any] = {}


@cache
def _clients() -> Clients:
    endpoints = {"default": "http://aws.invalid"}
    clients = Clients(Access(region="eu-central-1", account_id=ACCOUNT, endpoints=endpoints))
    events: Any = clients._session.events
    events.register("before-parameter-build.*.*", _remember)
    events.register("before-call.*.*", _answer)
    return clients


def _remember(params: Any, context: Any, **_: Any) -> None:
    context["asked"] = dict(params)


def _answer(model: OperationModel, context: Any, **_: Any) -> tuple[Any, Any]:
    operation = getattr(_services[model.service_model.service_name], xform_name(model.name))
    try:
        given = operation(**context["asked"])
    except RefusedError as refusal:
        return _http(400), refusal.answer
    if model.output_shape is not None:
        validate_parameters(given, model.output_shape)
    return _http(200), given


def _http(status: int) -> AWSResponse:
    return AWSResponse("", status, HTTPHeaders(), None)


class Sts:
    """Says that the credentials are of that account."""

    def __init__(self, account: str = ACCOUNT) -> None:
        self.account = account

    def get_caller_identity(self) -> dict[str, Any]:
        arn = f"arn:aws:sts::{self.account}:assumed-role/deploy/ci"
        return {"Account": self.account, "Arn": arn, "UserId": "x"}
