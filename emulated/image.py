"""The image of the emulated AWS: built once for each content of its files, known by its tag."""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
from docker.models.images import Image

from emulated.engine import Engine
from emulated.problems import CloudError
from emulated.progress import Report, ticking
from emulated.settings import CloudSettings

# The host part keeps engines from looking for the image in a public registry.
REPOSITORY = "localhost/flask-fargate-emulated"
PACKAGE = Path(__file__).parent
TAG_LENGTH = 16
LAST_LINES = 15
# Docker's "Step 1/9 : FROM", podman's "[1/2] STEP 1/6: FROM".
STEP = re.compile(r"(\[\d+/\d+\] )?step \d", re.IGNORECASE)
NEWS_LENGTH = 100
# By which builds that lost their name are found again.
BUILD_LABEL = "flask-fargate.emulated-image"


def image_files(package: Path = PACKAGE) -> dict[str, bytes]:
    """Every file that the image is made of: name in the build context, content."""
    files = {name: (package / name).read_bytes() for name in ("Dockerfile", "requirements.txt")}
    code = [
        package / "__init__.py",
        package / "credentials_gate.py",
        *package.glob("server/**/*.py"),
    ]
    for path in code:
        files[f"emulated/{path.relative_to(package).as_posix()}"] = path.read_bytes()
    return files


def image_tag(files: Mapping[str, bytes]) -> str:
    """Name and tag of the image with exactly these files."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode(), files[name]):
            digest.update(len(part).to_bytes(8, "big") + part)
    return f"{REPOSITORY}:{digest.hexdigest()[:TAG_LENGTH]}"


def build_context(files: Mapping[str, bytes]) -> io.BytesIO:
    """The files as the archive that an engine builds from."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o644
            tar.addfile(entry, io.BytesIO(files[name]))
    archive.seek(0)
    return archive


def ensure_image(engine: Engine, settings: CloudSettings, report: Report) -> str:
    """Build the image unless the engine has it; return its name.

    Older builds are removed once the new one is there. CloudError with the builder's last lines
    when it fails.
    """
    files = image_files()
    tag = image_tag(files)
    try:
        engine.client.images.get(tag)
        return tag
    except docker.errors.ImageNotFound:
        report("Building the image of the emulated AWS (once, a minute or two) ...")
    files["certificates.pem"] = certificates(settings)
    with ticking(report, "still building"):
        build(engine, tag, files, settings, report)
    remove_images(engine, keep=tag)
    return tag


def certificates(settings: CloudSettings) -> bytes:
    """The certificates with which this machine's pip trusts its index; empty if it names none."""
    path = dict(settings.pip_environment).get("PIP_CERT")
    try:
        return Path(path).read_bytes() if path else b""
    except OSError as problem:
        raise CloudError(f"PIP_CERT={path} cannot be read: {problem.strerror}.") from problem


def build(
    engine: Engine,
    tag: str,
    files: Mapping[str, bytes],
    settings: CloudSettings,
    report: Report,
) -> None:
    """Build and show each step; CloudError with the last lines of a failed build."""
    arguments = {n: v for n, v in settings.pip_environment if n != "PIP_CERT"}
    lines: list[str] = []
    try:
        for line in build_lines(engine, tag, build_context(files), arguments):
            lines.append(line)
            if STEP.match(line):
                report(f"  {line[:NEWS_LENGTH]}")
    except docker.errors.DockerException as problem:
        lines.append(str(problem))
        raise CloudError(
            "The image of the emulated AWS could not be built; the builder's last lines:\n"
            + "\n".join(f"  {line}" for line in lines[-LAST_LINES:])
        ) from problem


def build_lines(
    engine: Engine, tag: str, context: io.BytesIO, arguments: dict[str, str]
) -> Iterator[str]:
    """The builder's output line by line; BuildError when a step fails."""
    messages = engine.client.api.build(
        fileobj=context,
        custom_context=True,
        tag=tag,
        buildargs=arguments,
        rm=True,
        forcerm=True,
        decode=True,
    )
    for message in messages:
        if "error" in message:
            raise docker.errors.BuildError(str(message["error"]).strip(), iter(()))
        yield from (line for line in str(message.get("stream", "")).splitlines() if line.strip())


def remove_images(engine: Engine, beginning: str = f"{REPOSITORY}:", keep: str = "") -> list[str]:
    """Remove every image whose name begins so, but one; return the removed names."""
    names = [name for image in engine.client.images.list() for name in image_names(image)]
    removed = []
    for name in names:
        if name != keep and name.startswith(beginning):
            try:
                engine.client.images.remove(name)
                removed.append(name)
            except docker.errors.APIError:  # gone with another name, or a container still uses it
                continue
    return removed


def image_names(image: Image) -> list[str]:
    """The tags of an image; what was fetched by digest has only those."""
    return image.tags or [str(name) for name in image.attrs.get("RepoDigests") or []]


def remove_unnamed(engine: Engine) -> None:
    """Remove builds of the image that have no name any more."""
    engine.client.images.prune(filters={"dangling": True, "label": BUILD_LABEL})
