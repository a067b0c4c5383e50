"""Every refusal of AWS's that a person can meet becomes one message with the next step."""

from pathlib import Path

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    ProxyConnectionError,
    SSLError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from ops.failures import LOG_IN, is_about_the_login, short
from tests.ops.calls import Calls, client_error
from tests.ops.conftest import Ops
from tests.ops.stack import ACCOUNT, Stack

CALL = "dynamodb:Query"


@pytest.mark.parametrize(
    ("code", "what", "step"),
    [
        ("ExpiredTokenException", "your AWS login has expired.", LOG_IN),
        ("ExpiredToken", "your AWS login has expired.", LOG_IN),
        ("UnrecognizedClientException", "AWS does not know these credentials", LOG_IN),
        (
            "InvalidClientTokenId",
            "AWS does not know these credentials",
            "the region us-east-1 of Pulumi.staging.yaml may be one that the account has not",
        ),
        ("SignatureDoesNotMatch", "AWS does not believe these", "Set this machine's clock"),
        ("AccessDeniedException", "may not do that", "`bin/ops permissions releases --stack stag"),
        (
            "ThrottlingException",
            "AWS answered: Query: Thr",
            "passes by itself: repeat this in a mi",
        ),
        ("InternalFailure", "AWS answered: Query: Int", "passes by itself: repeat this in a mi"),
        ("ResourceNotFoundException", "AWS answered: Query", "`make up` brings it back"),
        ("LimitExceededException", "AWS answered: Query", "The account has reached a limit"),
        ("ValidationException", "AWS answered: Query", "`bin/ops doctor` looks for what"),
    ],
)
def test_a_code_of_awss(
    ops: Ops, stack: Stack, aws: Calls, code: str, what: str, step: str
) -> None:
    aws.refuse(CALL, code)
    done = ops("releases")
    assert done.code == 1
    assert done.err.startswith("releases of staging stopped: ")
    assert what in done.err
    assert step in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("error", "what", "step"),
    [
        (NoCredentialsError(), "there are no AWS credentials to use", LOG_IN),
        (
            ProfileNotFound(profile="x"),
            "there are no AWS credentials to use",
            "`aws configure list-profiles` shows those that there are",
        ),
        (
            PartialCredentialsError(provider="env", cred_var="k"),
            "there are no AWS credentials to use",
            LOG_IN,
        ),
        (UnauthorizedSSOTokenError(), "there are no AWS credentials to use", LOG_IN),
        (
            TokenRetrievalError(provider="sso", error_msg="expired"),
            "there are no AWS credentials to use",
            LOG_IN,
        ),
        (
            EndpointConnectionError(endpoint_url="https://x"),
            "AWS cannot be reached from here",
            "Check the network, a proxy or VPN, and the region us-east-1",
        ),
        (
            ConnectTimeoutError(endpoint_url="https://x"),
            "AWS cannot be reached from here",
            "Check the network",
        ),
        (
            ProxyConnectionError(proxy_url="http://p"),
            "AWS cannot be reached from here",
            "Check the network, a proxy",
        ),
        (
            SSLError(endpoint_url="https://x", error=OSError("self-signed")),
            "AWS cannot be reached from here",
            "Check the network, a proxy",
        ),
        (
            ConfigParseError(path="~/.aws/config"),
            "your own AWS configuration cannot be read",
            "Correct ~/.aws/config",
        ),
        (ParamValidationError(report="x"), "AWS cannot be asked like this", "doctor"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BotoCoreError) else "",
)
def test_an_error_of_the_sdks(
    ops: Ops, stack: Stack, aws: Calls, error: BotoCoreError, what: str, step: str
) -> None:
    aws.refuse(CALL, error)
    done = ops("releases")
    assert done.code == 1
    assert what in done.err
    assert step in done.err


@pytest.mark.parametrize(
    "words", [("run", "--", "true"), ("restart", "--yes")], ids=lambda it: it[0]
)
def test_no_network_is_said_by_verbs_that_change_something(
    ops: Ops, stack: Stack, aws: Calls, words: tuple[str, ...]
) -> None:
    aws.refuse("*", EndpointConnectionError(endpoint_url="https://sts.us-east-1.amazonaws.com/"))
    said = ops(*words).err
    assert "AWS cannot be reached from here" in said
    assert "Log in again" not in said


def test_a_profile_that_there_is_not_is_said_by_them_too(
    ops: Ops, stack: Stack, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "`aws configure list-profiles` shows those" in ops("run", "--", "true").err


def test_a_whole_page_of_an_answer_is_one_line() -> None:
    error = client_error("404", "ListThings", "<!doctype html>\n<title>Not Found</title>\n")
    assert short(error) == "ListThings: 404: <!doctype html> <title>Not Found</title>"


def test_a_refusal_says_who_asked(ops: Ops, stack: Stack, aws: Calls) -> None:
    aws.refuse(CALL, "AccessDeniedException")
    assert f"arn:aws:sts::{ACCOUNT}:user/moto may not do that" in ops("releases").err


def test_credentials_of_another_account_are_the_reason_of_a_refusal(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    aws.refuse("ssm:GetParameter", "AccessDeniedException")
    _other_account(aws)
    err = ops("releases").err
    assert f"of the account 999999999999, but the stack belongs to {ACCOUNT}" in err
    assert "permissions" not in err, "no policy helps in another account"


def test_credentials_of_another_account_are_the_reason_why_no_stack_is_there(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    aws.refuse("ssm:GetParameter", "ParameterNotFound")
    _other_account(aws)
    err = ops("releases").err
    assert "credentials are of the account 999999999999" in err
    assert "There is no stack" not in err, "it is there, but not here"


def test_a_stack_of_the_same_name_in_another_account_is_not_taken_for_this_one(
    ops: Ops, stack: Stack, aws: Calls
) -> None:
    stack.publish(account_id="999999999999")
    _other_account(aws)
    done = ops("releases")
    assert "credentials are of the account 999999999999" in done.err
    assert not done.out, "another account's releases are shown as this stack's"


def test_a_refusal_without_a_name_is_told_too(ops: Ops, stack: Stack, aws: Calls) -> None:
    aws.refuse("*", "AccessDenied")
    assert "you may not do that" in ops("releases").err


def test_what_a_release_raises_is_told_as_it_is(ops: Ops, stack: Stack) -> None:
    key = {"stack": {"S": "flaskapp-staging"}, "number": {"N": "4"}, "image": {"S": "x"}}
    stack.dynamodb.put_item(TableName="flaskapp-staging-releases", Item=key)
    done = ops("releases")
    assert done.code == 1
    assert done.err.startswith("The record of release 4 cannot be read")


def test_what_is_nobodys_mistake_keeps_its_traceback(
    ops: Ops, stack: Stack, aws: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.releases import history

    def broken(*_: object) -> None:
        raise RuntimeError("a fault of this program")

    monkeypatch.setattr(history, "ledger_of", broken)
    with pytest.raises(RuntimeError, match="a fault of this program"):
        ops("releases")


def test_what_stops_everything_is_told_from_what_stops_one_thing() -> None:
    assert is_about_the_login(NoCredentialsError())
    assert is_about_the_login(client_error("ExpiredToken", "Query"))
    assert is_about_the_login(EndpointConnectionError(endpoint_url="https://x"))
    assert not is_about_the_login(client_error("AccessDenied", "Query"))
    assert not is_about_the_login(client_error("ThrottlingException", "Query"))


def test_a_refusal_in_few_words() -> None:
    denied = client_error("AccessDenied", "Query")
    assert short(denied) == "your role may not ask for it (Query)"
    other = ClientError({"Error": {"Code": "X", "Message": "y"}}, "Query")
    assert short(other) == "Query: X: y"


def _other_account(aws: Calls) -> None:
    caller = {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/eve", "UserId": "e"}
    aws.answer("sts:GetCallerIdentity", caller)
