"""A release speaks to the stack's account alone, or to the emulated AWS that the stack names."""

import pytest
from botocore.exceptions import NoCredentialsError

from release.clients import Access, Clients
from release.problems import ReleaseError
from tests.release.answering import RefusedError, Sts, answering

EMULATED = {"default": "http://127.0.0.1:4566", "rds": "http://127.0.0.1:4577"}


def test_the_caller_of_the_right_account_is_named() -> None:
    assert answering(sts=Sts()).check_account().endswith("assumed-role/deploy/ci")


def test_credentials_of_another_account_are_refused_with_both_numbers() -> None:
    with pytest.raises(ReleaseError) as refused:
        answering(sts=Sts("999999999999")).check_account()
    said = str(refused.value)
    assert "999999999999" in said
    assert "111122223333" in said, "nobody knows which account is meant"


@pytest.mark.parametrize("error", [RefusedError("ExpiredToken"), NoCredentialsError()])
def test_credentials_that_are_not_valid_are_said_in_words(error: Exception) -> None:
    class Refusing:
        def get_caller_identity(self) -> None:
            raise error

    with pytest.raises(ReleaseError, match="Log in again"):
        answering(sts=Refusing()).check_account()


def test_each_service_is_asked_at_its_own_address_or_the_default() -> None:
    clients = Clients(Access(region="us-east-1", account_id="1", endpoints=EMULATED))
    assert clients.rds.meta.endpoint_url == "http://127.0.0.1:4577"
    assert clients.dynamodb.meta.endpoint_url == "http://127.0.0.1:4566"


def test_an_emulated_aws_never_sees_real_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    clients = Clients(Access(region="us-east-1", account_id="1", endpoints=EMULATED))
    found = clients._session.get_credentials()
    assert found is not None
    assert (found.access_key, found.secret_key) == ("test", "test")


def test_a_service_without_an_address_is_not_asked_at_aws_instead() -> None:
    only = {"ecs": "http://127.0.0.1:4566"}
    clients = Clients(Access(region="us-east-1", account_id="1", endpoints=only))
    with pytest.raises(KeyError):
        _ = clients.rds


def test_aws_itself_is_asked_in_the_stacks_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    clients = Clients(Access(region="eu-west-3", account_id="1"))
    assert clients.ecs.meta.endpoint_url == "https://ecs.eu-west-3.amazonaws.com"


def test_keys_that_say_that_their_time_is_over_are_said_in_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "old")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
    with pytest.raises(ReleaseError, match=r"still expired\.\nLog in again"):
        Clients(Access(region="eu-central-1", account_id="123456789012")).check_account()
