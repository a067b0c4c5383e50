"""Clients go on with new keys after a person has logged in again."""

from pathlib import Path

import boto3

from ops.clients import OpsClients
from release.clients import Access

OLD, NEW = "AKIAOLD", "AKIANEW"


def _write(path: Path, key: str) -> None:
    path.write_text(f"[default]\naws_access_key_id={key}\naws_secret_access_key=s\n")


def _key_of(clients: OpsClients) -> str:
    credentials = clients._session.get_credentials()
    assert credentials is not None
    return str(credentials.access_key)


def test_keys_from_a_file_are_read_anew(keys: Path) -> None:
    clients = OpsClients(Access(region="us-east-1", account_id="1"), print)
    before = clients._session.get_credentials()
    assert _key_of(clients) == OLD
    _write(keys, NEW)
    assert _key_of(clients) == OLD, "the SDK keeps what it has read: there would be nothing to do"
    clients.renew_login()
    assert _key_of(clients) == NEW
    assert clients._session.get_credentials() is before, "clients that exist sign with this object"


def test_keys_that_are_gone_leave_the_old_ones(keys: Path) -> None:
    clients = OpsClients(Access(region="us-east-1", account_id="1"), print)
    assert _key_of(clients) == OLD
    keys.write_text("")
    clients.renew_login()
    assert _key_of(clients) == OLD


def test_an_emulated_aws_keeps_its_own_key(keys: Path) -> None:
    access = Access(region="us-east-1", account_id="1", endpoints={"default": "http://127.0.0.1:1"})
    clients = OpsClients(access, print)
    clients.renew_login()
    assert _key_of(clients) == "test", "real keys would be sent to it"
    assert boto3.Session().get_credentials() is not None


def test_only_keys_outside_this_program_can_become_new(keys: Path) -> None:
    access = Access(region="us-east-1", account_id="1")
    assert OpsClients(access, print).can_get_new_keys()
    emulated = Access(region="us-east-1", account_id="1", endpoints={"default": "http://x"})
    assert not OpsClients(emulated, print).can_get_new_keys()
    keys.write_text("")
    assert not OpsClients(access, print).can_get_new_keys(), "nothing would sign with them"


def test_keys_in_variables_stay_as_they_are() -> None:
    assert not OpsClients(Access(region="us-east-1", account_id="1"), print).can_get_new_keys()
