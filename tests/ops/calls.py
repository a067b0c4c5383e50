"""AWS clients that all tests share, what was asked through them, and refusals of AWS's at will.

Making a client costs more than most tests do: its service's description is read and its methods
are written. One of each is enough, as the mocked AWS behind them is made anew for each test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ParamValidationError
from botocore.loaders import Loader
from botocore.model import OperationModel
from botocore.validate import validate_parameters

from ops.permissions import needs_of

# What signs requests under another name than IAM knows the service by.
_IAM_NAMES = {"monitoring": "cloudwatch"}
# Calls that IAM allows by an action of another name.
_IAM_ACTIONS = {"s3:ListObjectsV2": "s3:ListBucket"}
# IAM has no action for it: whoever has credentials may ask whose they are.
FREE = frozenset({"sts:GetCallerIdentity"})

# Where the SDK looks for a person's own; tests have them empty.
OWN_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")

Session = boto3.Session
_make: Any = Session.client


Answer = Mapping[str, Any] | Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass
class Calls:
    """What verbs asked AWS since the test began, what it refuses, and what a test answers for it.

    Calls are named as IAM knows them, `ecs:DescribeServices`; `*` are all of them.
    """

    made: list[str] = field(default_factory=list)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    refused: dict[str, tuple[Exception | tuple[str, str], int]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)

    def refuse(
        self, call: str, code: str | Exception, message: str = "refused", times: int = 10**6
    ) -> None:
        """Refuse a call with a code of AWS's or an exception of the SDK; after `times`, let it
        through.
        """
        refusal = code if isinstance(code, Exception) else (code, message)
        self.refused[call] = (refusal, times)

    def answer(self, call: str, answer: Answer) -> None:
        """Answer a call that the mocked AWS does not know, or not as the test needs it.

        A function gets the call's parameters. botocore checks that AWS could say so.
        """
        self.answers[call] = answer

    def with_parameters(self, call: str) -> list[Mapping[str, Any]]:
        """The parameters of each such call."""
        return [parameters for name, parameters in self.asked if name == call]

    def note(self, call: str, model: OperationModel, parameters: Mapping[str, Any]) -> Any:
        """Note a call, and answer it when it is to be refused or answered by the test."""
        self.made.append(call)
        self.asked.append((call, parameters))
        key = call if call in self.refused else "*"
        refusal, times = self.refused.get(key, (None, 0))
        if refusal is not None and times > 0:
            self.refused[key] = (refusal, times - 1)
            return self._refusal(refusal)
        if call not in self.answers:
            return None
        given = self.answers[call]
        said = given(parameters) if callable(given) else given
        _check(call, said, model)
        return _http(200), {**said, "ResponseMetadata": {"HTTPStatusCode": 200}}

    @staticmethod
    def _refusal(refusal: Exception | tuple[str, str]) -> Any:
        if isinstance(refusal, Exception):
            raise refusal
        code, message = refusal
        status = 500 if code in {"InternalFailure", "ServiceUnavailable"} else 400
        return _http(status), {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "refused"},
        }


def _check(call: str, said: Mapping[str, Any], model: OperationModel) -> None:
    if model.output_shape is None:
        return
    try:
        validate_parameters(said, model.output_shape)
    except ParamValidationError as error:
        # Not as it is: a verb would take it for an error of AWS's.
        raise AssertionError(f"AWS could not answer {call} so: {error}") from error


def _http(status: int) -> AWSResponse:
    return AWSResponse("", status, HTTPHeaders(), None)


# Of the test that runs.
calls = Calls()


def session(region_name: str | None = None, **options: Any) -> boto3.Session:
    """What `boto3.Session` makes in tests: one for each region, as long as keys are of the test.

    A test that gives a profile or files of its own gets one of its own.
    """
    files = {os.environ.get(name) for name in OWN_FILES}
    if files != {os.devnull} or "AWS_PROFILE" in os.environ:
        return Session(region_name=region_name, **options)
    return _session(region_name, os.environ.get("AWS_ACCESS_KEY_ID", ""), **options)


@cache
def _session(region_name: str | None, key: str, **options: Any) -> boto3.Session:
    del key
    return Session(region_name=region_name, **options)


def client_of_verbs(made_by: boto3.Session, service: str, **options: Any) -> Any:
    """What `boto3.Session.client` does in tests: a shared client whose calls are noted."""
    address = str(options.get("endpoint_url") or "")
    return _client(service, made_by.region_name, address, os.environ.get("AWS_ACCESS_KEY_ID", ""))


@cache
def _client(service: str, region: str, address: str, key: str) -> Any:
    client = make_client(service, region, endpoint_url=address or None)
    signed_as = client.meta.service_model.signing_name
    iam_name = _IAM_NAMES.get(signed_as, signed_as)

    def remember(params: Any, context: Any, **_: Any) -> None:
        context["asked"] = dict(params)

    def before(model: OperationModel, context: Any, **_: Any) -> Any:
        call = f"{iam_name}:{model.name}"
        return calls.note(_IAM_ACTIONS.get(call, call), model, context.get("asked", {}))

    client.meta.events.register("before-parameter-build", remember)
    client.meta.events.register("before-call", before)
    return client


def make_client(service: str, region: str, **options: Any) -> Any:
    """A client of the test's own; its calls are not noted."""
    made = Session(region_name=region)
    made._session.register_component("data_loader", _loader())
    return _make(made, service, **options)


@cache
def _loader() -> Loader:
    """Reads each service's description once."""
    return Session()._loader


def check_needs(verb: str, made: Iterable[str], *, unseen: Iterable[str] = ()) -> None:
    """Compare what a verb says it needs with the calls that it made in all of a test's runs.

    `unseen` are needs without a call of the verb's own: iam:PassRole, ssmmessages, rds-db:connect;
    of these the table's key is every verb's.
    """
    asked = set(made) - FREE
    needed = {action for need in needs_of(verb) for action in need.actions}
    assert asked <= needed, (
        f"`bin/ops permissions {verb}` is not enough for it: {sorted(asked - needed)}"
    )
    spare = needed - asked - {"kms:Decrypt"} - set(unseen)
    assert not spare, f"{verb} asks for rights that it does not use: {sorted(spare)}"


def client_error(code: str, operation: str, message: str = "refused") -> ClientError:
    """AWS's refusal as the SDK raises it."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
