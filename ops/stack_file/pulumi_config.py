"""The stack's file, changed by Pulumi itself: it alone can encrypt, and it keeps comments."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from infra.problems import NAMESPACE
from ops.problems import OpsError

INSTALL_PAGE = "https://www.pulumi.com/docs/iac/download-install/"
# Where `make up` puts it when there is none on PATH: deploy.pulumi_cli.
FOLDER = ".pulumi-cli"
# A backend far away answers within seconds; one that does not is not there.
TIMEOUT_SECONDS = 120
# "config value for '…' looks like a secret; rerun with --secret to encrypt it, or --plaintext …".
SUSPICION = "looks like a secret"


class _LooksSecretError(OpsError):
    """Pulumi takes a plain value for a secret, by its name and its letters."""


class PulumiConfig:
    """Variables of one stack, each under its block, `config` or `secrets`."""

    def __init__(self, program: Path, stack: str, root: Path, environ: Mapping[str, str]) -> None:
        self._program, self._stack, self._root = program, stack, root
        self._environ = {**environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}

    def set_plain(self, name: str, value: str, *, plaintext: bool = False) -> None:
        """A value that everybody may read; always a text, whatever it looks like.

        One that looks like a secret is refused, but with `plaintext`.
        """
        path = self._path("config", name)
        try:
            self._run("set", "--type", "string", *path, given=value)
        except _LooksSecretError:
            if not plaintext:
                raise OpsError(
                    f"{name} was not written: to Pulumi its value looks like a secret, and "
                    "everybody who reads the file would see it.\n"
                    f"If it is one: `bin/ops secrets set {name}`. If it is not: the same command "
                    "with `--plaintext`."
                ) from None
            # The CLI takes no type beside this option. Without one it makes numbers of whole
            # numbers, up to 19 digits, which become the same text again.
            self._run("set", "--plaintext", *path, given=value)

    def set_secret(self, name: str, value: str) -> None:
        """A value that is encrypted before it is written; no list of processes ever shows it."""
        self._run("set", "--secret", *self._path("secrets", name), given=value)

    def unset(self, block: str, name: str) -> None:
        """Take it out."""
        self._run("rm", *self._path(block, name))

    def secret(self, name: str) -> str:
        """A secret, decrypted."""
        return self._run("get", *self._path("secrets", name)).removesuffix("\n")

    @staticmethod
    def _path(block: str, name: str) -> tuple[str, ...]:
        return "--path", f"{NAMESPACE}:{block}.{name}"

    def _run(self, *words: str, given: str = "") -> str:
        """What the CLI prints; OpsError with its complaint. Values go in by standard input."""
        command = [str(self._program), "config", *words, "--stack", self._stack]
        try:
            done = subprocess.run(
                [*command, "--non-interactive"],
                cwd=self._root,
                env=dict(self._environ),
                # As bytes: a value keeps its line ends, and is UTF-8 whatever the terminal is. The
                # CLI takes one line's end off, so that the value's own stays.
                input=f"{given}\n".encode(),
                capture_output=True,
                timeout=TIMEOUT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OpsError(f"Pulumi did not answer within {TIMEOUT_SECONDS} s.") from None
        except OSError as error:
            raise OpsError(f"{self._program} does not run: {error.strerror}.") from error
        if done.returncode:
            raise _refused(done.stderr.decode(errors="replace"), self._stack)
        return done.stdout.decode(errors="replace")


def find(root: Path, environ: Mapping[str, str]) -> Path | None:
    """The Pulumi CLI: on PATH, else what `make up` has fetched."""
    on_path = shutil.which("pulumi", path=environ.get("PATH", os.defpath))
    if on_path:
        return Path(on_path)
    fetched = [path for path in (root / FOLDER).glob("*/pulumi") if os.access(path, os.X_OK)]
    return max(fetched, key=lambda path: path.stat().st_mtime, default=None)


def absent(by_hand: str) -> OpsError:
    """What to do without the CLI; `by_hand` is what an editor can do."""
    return OpsError(
        "The Pulumi CLI is not here, and it is what writes the stack's file.\n"
        f"Install it: {INSTALL_PAGE} (`make up STACK=...` fetches it, too). {by_hand}"
    )


def _refused(complaint: str, stack: str) -> OpsError:
    lines = [line.strip() for line in complaint.splitlines() if line.strip()]
    said = next((line for line in lines if line.startswith("error:")), lines[-1] if lines else "")
    what = said.removeprefix("error:").strip() or "no reason was given"
    if SUSPICION in what:
        return _LooksSecretError(f"Pulumi refused: {what}.")
    return OpsError(f"Pulumi refused: {what}.\n{_remedy(what, stack)}")


def _remedy(what: str, stack: str) -> str:
    if "passphrase" in what:
        return "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, then repeat this."
    if "no stack named" in what:
        return (
            f"Is this the backend of {stack} (`pulumi whoami -v`)? If the stack is new: "
            f"`pulumi stack init {stack}`."
        )
    if "login" in what or "logged in" in what or "PULUMI_ACCESS_TOKEN" in what:
        return "Log in to the backend (`pulumi login`) or set PULUMI_BACKEND_URL, then repeat this."
    return "Nothing else was tried; correct that, then repeat this."
