"""TLS to the database: who is believed to be it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from app.config import Config
from app.database.engine import make_engine
from app.database.tls import BUNDLE
from local import certificates
from local.postgres import Postgres
from tests.app.conftest import MakeConfig
from tests.app.mariadb import MariaDB
from tests.app.tls_front import TlsFront

YEAR = timedelta(days=365)
# The certificate is for this name; the server can be reached by its number too.
NAME, NUMBER = "localhost", "127.0.0.1"


class Authority:
    """Who signs the server's certificate, as a file that can be trusted."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self._folder = folder
        self.trusted = folder / "trusted.pem"
        self._authority.cert_pem.write_to_path(self.trusted)

    def certificate(self) -> tuple[Path, Path]:
        """A certificate for NAME and its key, as files."""
        issued = self._authority.issue_cert(NAME)
        paths = self._folder / "server.crt", self._folder / "server.key"
        issued.cert_chain_pems[0].write_to_path(paths[0])
        issued.private_key_pem.write_to_path(paths[1])
        return paths


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def another_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("another"))


@pytest.fixture(scope="module")
def postgres_with_tls(postgres: Postgres, authority: Authority) -> Iterator[str]:
    """The address of the session's server behind TLS, which the embedded one is built without."""
    url = make_url(postgres.url)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*authority.certificate())
    with TlsFront(context, url.port or 0) as front:
        yield url.set(port=front.port).render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def mysql_with_tls(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    certificate, key = authority.certificate()
    told = (f"--ssl-cert={certificate}", f"--ssl-key={key}")
    with MariaDB(tmp_path_factory.mktemp("mariadb"), *told) as server:
        yield server.create_database("tls")


MYSQL = pytest.param(
    "mysql_with_tls", marks=[pytest.mark.processes, pytest.mark.xdist_group("mariadb")]
)


@pytest.fixture(params=["postgres_with_tls", MYSQL])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue(request.param))


def connects(config: Config) -> bool:
    """Whether a connection comes about; fails when it does not for another reason than TLS."""
    engine = make_engine(config, "web")
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        if not any(word in str(error).lower() for word in ("certificate", "ssl")):
            raise
        return False
    else:
        return True
    finally:
        engine.dispose()


def asking(address: str, mode: str, host: str = NAME) -> str:
    """The address with another name for the server, and what is demanded of TLS."""
    url = make_url(address).set(host=host).update_query_dict({"sslmode": mode})
    return url.render_as_string(hide_password=False)


def test_the_right_name_from_a_trusted_authority_is_believed(
    address: str, authority: Authority, make_config: MakeConfig
) -> None:
    assert connects(make_config(asking(address, "verify-full"), pgsslrootcert=authority.trusted))


def test_a_wrong_name_is_not_believed(
    address: str, authority: Authority, make_config: MakeConfig
) -> None:
    wrong = asking(address, "verify-full", NUMBER)
    assert not connects(make_config(wrong, pgsslrootcert=authority.trusted)), (
        "any server of the same authority could read what is saved"
    )
    right = asking(address, "verify-ca", NUMBER)
    assert connects(make_config(right, pgsslrootcert=authority.trusted)), "the test cannot fail"


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_an_authority_that_is_not_trusted_is_not_believed(
    mode: str, address: str, another_authority: Authority, make_config: MakeConfig
) -> None:
    strange = make_config(asking(address, mode), pgsslrootcert=another_authority.trusted)
    assert not connects(strange), "anybody in between could be the database"
    assert connects(make_config(asking(address, "require"))), "the test cannot fail"


def test_without_certificates_of_one_s_own_those_of_rds_are_trusted(
    address: str, make_config: MakeConfig
) -> None:
    assert not connects(make_config(asking(address, "verify-full"))), (
        "a server that is not RDS would be believed"
    )


@pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
def test_a_server_without_tls_is_refused(
    mode: str, postgres: Postgres, make_config: MakeConfig
) -> None:
    assert not connects(make_config(asking(postgres.url, mode))), (
        "the password would be sent in the clear"
    )


def test_the_parts_of_an_address_are_verified_too(
    postgres_with_tls: str, authority: Authority, make_config: MakeConfig
) -> None:
    url = make_url(postgres_with_tls)
    parts = {
        "database_host": NAME,
        "database_port": url.port,
        "database_name": url.database,
        "database_user": url.username,
        "database_password": url.password,
        "database_sslmode": "verify-full",
    }

    def with_trust(path: Path | None) -> Config:
        values: dict[str, Any] = {"secret_key": "not-a-secret-0123456789-abcdefghijklmnop", **parts}
        return Config(**values, pgsslrootcert=path)

    assert connects(with_trust(authority.trusted))
    assert not connects(with_trust(None)), "the stack's setting would have no effect"


@pytest.fixture(scope="module")
def bundle() -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(BUNDLE.read_bytes())


def test_the_bundle_holds_the_roots_of_the_regions(bundle: list[x509.Certificate]) -> None:
    names = {
        str(each.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) for each in bundle
    }
    for region in ("us-east-1", "us-west-2", "eu-central-1", "eu-west-1", "ap-southeast-2"):
        for key in ("RSA2048", "RSA4096", "ECC384"):
            assert f"Amazon RDS {region} Root CA {key} G1" in names, f"no connection in {region}"
    assert len(names) == len(bundle), "a certificate twice"


def test_the_bundle_holds_roots_alone_that_are_good_for_another_year(
    bundle: list[x509.Certificate],
) -> None:
    for each in bundle:
        assert each.issuer == each.subject, "not a root"
        assert each.not_valid_after_utc > datetime.now(UTC) + YEAR, (
            f"run `make certificates`: {each.subject.rfc4514_string()} ends soon"
        )


def test_the_bundle_is_what_the_program_that_renews_it_writes() -> None:
    text = BUNDLE.read_text()
    assert certificates.written(certificates.roots(text, datetime.now(UTC))) == text


def test_a_bundle_is_read_from_javascript_too(bundle: list[x509.Certificate]) -> None:
    pem = BUNDLE.read_text().splitlines()
    script = " +\n".join(f"        '{line}\\n'" for line in pem)
    found = certificates.roots(script, datetime.now(UTC))
    assert list(found.values()) == bundle, "the renewed bundle would lack certificates"


def test_a_new_bundle_leaves_out_what_has_ended_or_is_not_of_rds(authority: Authority) -> None:
    with pytest.raises(ValueError, match="no certificate of RDS"):
        certificates.roots(authority.trusted.read_text(), datetime.now(UTC))
    with pytest.raises(ValueError, match="no certificate of RDS"):
        certificates.roots(BUNDLE.read_text(), datetime(2200, 1, 1, tzinfo=UTC))
