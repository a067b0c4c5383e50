"""A local authority and the certificate that the emulated balancers present."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ministack.core.x509_utils import generate_ca, sign_leaf_certificate

from emulated.server.settings import ServerSettings

STANDING_NAMES = ("localhost", "*.alb.localhost", "example.com", "*.example.com")


@dataclass(frozen=True)
class Certificate:
    """Files in PEM: the authority that clients trust, the certificate and key of the server."""

    authority: Path
    chain: Path
    key: Path


def make_certificate(settings: ServerSettings) -> Certificate:
    """The balancers' certificate, made anew at each start; the authority stays as it is."""
    folder = settings.tls_dir
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority_key = folder / "ca.key"
    if not (made.authority.exists() and authority_key.exists()):
        certificate, key = generate_ca("Emulated AWS", "Emulated AWS of this machine")
        write_secret(authority_key, key)
        made.authority.write_text(certificate)
    balancers = f"*.{settings.region}.elb.amazonaws.com"
    certificate, key, _ = sign_leaf_certificate(
        made.authority.read_text(),
        authority_key.read_text(),
        common_name="localhost",
        san_dns=[*STANDING_NAMES, balancers, *settings.tls_names.split()],
    )
    write_secret(made.key, key)
    made.chain.write_text(certificate)
    return made


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    path.touch(mode=0o600)
    path.write_text(text)
