"""Absent, expired, foreign and misdirected credentials each get a sentence of their own."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
)

from deploy import account

REGION, ACCOUNT = "eu-central-1", "111122223333"


def raising(error: Exception) -> account.Identify:
    def identify(_region: str) -> str:
        raise error

    return identify


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")


def sentences(identify: account.Identify, **environ: str) -> list[str]:
    return [found.what for found in account.missing(REGION, ACCOUNT, environ, identify)]


def test_credentials_of_the_right_account_are_enough() -> None:
    assert sentences(lambda _region: ACCOUNT) == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NoCredentialsError(), "There are no AWS credentials."),
        (PartialCredentialsError(provider="env", cred_var="x"), "There are no AWS credentials."),
        (refused("ExpiredToken"), "The AWS credentials have expired."),
        (refused("ExpiredTokenException"), "The AWS credentials have expired."),
        (refused("InvalidClientTokenId"), "AWS does not accept these credentials in eu-central-1"),
        (refused("AccessDenied"), "AWS refused to say whose credentials these are"),
        (ProfileNotFound(profile="dev"), "The config profile (dev) could not be found"),
        (
            TokenRetrievalError(provider="sso", error_msg="expired"),
            "The AWS login is no longer valid",
        ),
        (EndpointConnectionError(endpoint_url="https://x"), "AWS cannot be reached"),
        (InvalidRegionError(region_name="x"), "eu-central-1 is not a region's name"),
        (BotoCoreError(), "The AWS credentials cannot be used"),
    ],
)
def test_each_reason_has_its_own_sentence_and_a_next_step(error: Exception, said: str) -> None:
    found = account.missing(REGION, ACCOUNT, {}, raising(error))
    assert [problem.what.startswith(said) for problem in found] == [True], found
    assert found[0].remedy, "the person does not know what to do next"


def test_credentials_of_another_account_name_both_accounts() -> None:
    (said,) = sentences(lambda _region: "999999999999")
    assert "999999999999" in said
    assert ACCOUNT in said, "the stack would be built in somebody else's account"


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_a_region_that_was_exported_must_be_the_stacks(name: str) -> None:
    (said,) = sentences(lambda _region: ACCOUNT, **{name: "us-west-2"})
    assert said == f"{name} is us-west-2, but the stack is in {REGION} (its region: setting)."


def test_calls_that_are_sent_elsewhere_are_refused() -> None:
    (said,) = sentences(lambda _region: ACCOUNT, AWS_ENDPOINT_URL_STS="http://127.0.0.1:4566")
    assert "not AWS" in said, "a stack would be built in an emulator and believed to be in AWS"


class Sts(BaseHTTPRequestHandler):
    """Answers as STS does, for keys that have expired."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = (
            b"<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code>"
            b"<Message>The security token included in the request is expired</Message></Error>"
            b"<RequestId>1</RequestId></ErrorResponse>"
        )
        self.send_response(403)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture
def sts() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Sts) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def only_these(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """No credentials of this machine are seen."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    return monkeypatch


def test_boto3_itself_reports_expired_keys_as_expired(
    sts: str, only_these: pytest.MonkeyPatch
) -> None:
    only_these.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    only_these.setenv("AWS_SECRET_ACCESS_KEY", "x")
    only_these.setenv("AWS_ENDPOINT_URL_STS", sts)
    assert sentences(account.current_account) == ["The AWS credentials have expired."]


def test_boto3_itself_reports_a_machine_without_credentials(
    only_these: pytest.MonkeyPatch,
) -> None:
    assert sentences(account.current_account) == ["There are no AWS credentials."]
