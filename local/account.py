"""The system account the database server runs under, and a folder which that account can reach."""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.problems import LocalError

# Where data and server go when the project lies below a folder closed to other accounts (/root).
ELSEWHERE = Path("/var/lib/flask-fargate")
# Postgres refuses root. Its own account when the machine has one, else the one every system has.
CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """Whom a server process becomes; `uid` and `gid` are None when it stays who we are."""

    name: str
    uid: int | None = None
    gid: int | None = None

    def start(
        self,
        command: Sequence[str | Path],
        *,
        stdout: IO[bytes],
        cwd: Path,
    ) -> subprocess.Popen[bytes]:
        """Start the command as this account, in a session of its own, stderr joined to `stdout`."""
        try:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                # A language of the shell that the system does not have would stop the server.
                env=os.environ | {"LC_ALL": "C"},
                start_new_session=True,
                user=self.uid,
                group=self.gid,
                extra_groups=None if self.uid is None else [],
            )
        except PermissionError as error:
            raise LocalError(
                f"{command[0]} cannot be started as the account {self.name}: {error.strerror}.\n"
                "Postgres refuses to run as root, and this root may not become another account.\n"
                "Run `make up` as an ordinary user."
            ) from error

    def may(self, test: str, path: Path) -> bool:
        """Tell whether this account passes `test -x` (or `-w`) on the path and its parents."""
        command = ["test", test, str(path)]
        groups: list[int] | None = None if self.uid is None else []
        done = subprocess.run(
            command, check=False, cwd="/", user=self.uid, group=self.gid, extra_groups=groups
        )
        return done.returncode == 0

    def own(self, path: Path) -> bool:
        """Make the path this account's alone; False where the file system does not let us."""
        try:
            if self.uid is not None and self.gid is not None:
                os.chown(path, self.uid, self.gid)
            path.chmod(0o700 if path.is_dir() else 0o600)
        except OSError:
            return False
        return self.uid is None or path.stat().st_uid == self.uid


def server_account(folder: Path) -> Account:
    """Choose who runs the server: ourselves, or as root the folder's owner, else a candidate."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name)
    owner = folder.stat().st_uid if folder.exists() else 0
    for known in pwd.getpwall():
        # initdb looks its own name up, so a number without an entry would not do.
        if owner != 0 and known.pw_uid == owner:
            return Account(known.pw_name, known.pw_uid, known.pw_gid)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise LocalError(
        f"Postgres refuses to run as root, and this machine has none of the accounts "
        f"{', '.join(CANDIDATES)} to run it as.\nAdd one (`useradd --system postgres`), "
        "or run `make up` as an ordinary user."
    )


def settle(folder: Path, account: Account, elsewhere: Path = ELSEWHERE) -> Path:
    """Return a folder that the account owns and reaches: `folder`, or the one it now links to.

    As root, a project below a closed folder (such as /root, 0700) keeps its data under `elsewhere`:
    opening the parents to everybody would be worse. The link is what holds on to that data; without
    it (somebody removed the data folder) data left there is removed too.
    """
    if folder.is_symlink():
        place = folder.resolve()
        place.mkdir(parents=True, exist_ok=True)
    else:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place = folder
    if account.own(place) and account.may("-w", place):
        return place
    if account.uid is None or folder.is_symlink():
        raise LocalError(
            f"The folder {place} cannot be used for the database: it belongs to another account.\n"
            f"It was made by `make up` of that account. Run it as that account again, or give "
            f"another folder with `python -m local up --data-dir FOLDER`."
        )
    digest = hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:12]
    place = elsewhere / digest
    shutil.rmtree(place, ignore_errors=True)
    elsewhere.mkdir(mode=0o711, parents=True, exist_ok=True)
    shutil.move(folder, place)
    folder.symlink_to(place)
    if not (account.own(place) and account.may("-w", place)):
        raise LocalError(
            f"Neither {folder} nor {place} can be reached by the account {account.name}, which "
            "runs the database because Postgres refuses root.\nGive a folder that it can reach: "
            "`python -m local up --data-dir FOLDER`."
        )
    return place
