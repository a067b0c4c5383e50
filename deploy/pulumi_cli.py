"""Where the Pulumi CLI comes from: PATH, else the pinned release in the project's own folder."""

import contextlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from deploy import release
from deploy.download import DownloadError, install
from deploy.problems import Missing
from deploy.process import Runner

FOLDER = ".pulumi-cli"
INSTALL_PAGE = "https://www.pulumi.com/docs/iac/download-install/"
Say = Callable[[str], None]


def obtain(
    root: Path,
    environ: Mapping[str, str],
    say: Say,
    *,
    site: str = release.SITE,
    sha256: Mapping[str, str] = release.SHA256,
) -> Path | Missing:
    """The CLI's path, fetched when it is not there yet; or what is missing."""
    found = shutil.which("pulumi", path=environ.get("PATH"))
    if found:
        return _new_enough(Path(found), Runner(environ, root))
    installed = root / FOLDER / release.VERSION / "pulumi"
    if installed.exists():
        return installed
    system = release.this_platform()
    if system not in sha256:
        return Missing(
            f"The Pulumi CLI is not on PATH, and there is no pinned download for {system}.",
            f"Install it: {INSTALL_PAGE}",
        )
    url = f"{site}/{release.archive_name(system)}"
    say(f"Fetching the Pulumi CLI {release.VERSION} into {FOLDER}/ ...")
    try:
        install(url, sha256[system], installed.parent, wanted=_for_python, say=say)
    except DownloadError as error:
        with contextlib.suppress(OSError):
            (root / FOLDER).rmdir()
        return Missing(
            f"The Pulumi CLI is not on PATH and could not be fetched ({error}).",
            f"Install it ({INSTALL_PAGE}) or let this machine reach the address, then try again.",
        )
    return installed


def _for_python(name: str) -> bool:
    """The release holds the hosts of every language; this project needs one."""
    return name == "pulumi" or "python" in name


def _new_enough(cli: Path, runner: Runner) -> Path | Missing:
    answer = runner.capture([str(cli), "version"])
    oldest = ".".join(map(str, release.OLDEST))
    if not answer.succeeded:
        return Missing(
            f"{cli} is on PATH but does not run: {answer.complaint}", f"Reinstall: {INSTALL_PAGE}"
        )
    if release.version_numbers(answer.stdout) < release.OLDEST:
        return Missing(
            f"{cli} is Pulumi {answer.stdout.strip()}; {oldest} or newer is needed.",
            f"Update it ({INSTALL_PAGE}), or take it off PATH: {release.VERSION} is then fetched.",
        )
    return cli
