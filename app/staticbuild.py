"""Prepares static files when the image is built: `python -m app.staticbuild`.

Each file is copied to a name that holds a hash of its content, and compressed where that helps.
"""

from __future__ import annotations

import json
import re
import shutil
from hashlib import sha256
from pathlib import Path

from whitenoise.compress import Compressor  # type: ignore[import-untyped]

from app.staticfiles import BUILT, HASH_CHARACTERS, MANIFEST, SOURCE

# What a style sheet refers to, but for whole addresses and what it contains itself.
REFERENCE = re.compile(r"""url\(\s*["']?(?!data:|https?:|/|#)([^"')\s]+)["']?\s*\)""")


class BuildError(Exception):
    """The static files cannot be prepared; the message says what to do."""


def build(source: Path = SOURCE, target: Path = BUILT) -> dict[str, str]:
    """Fill `target` anew; each file of `source` with the name that it has there.

    BuildError when a style sheet refers to a file that is not there.
    """
    shutil.rmtree(target, ignore_errors=True)
    names: dict[str, str] = {}
    files = sorted(path for path in source.rglob("*") if path.is_file())
    # Style sheets last: what they refer to has its name by then.
    for path in sorted(files, key=lambda path: path.suffix == ".css"):
        name = path.relative_to(source).as_posix()
        data = path.read_bytes()
        if path.suffix == ".css":
            data = _with_references(data.decode(), path, source, names).encode()
        names[name] = _hashed(name, data)
        _write(target / names[name], data)
    (target / MANIFEST).write_text(json.dumps(names, indent=1, sort_keys=True))
    return names


def _hashed(name: str, data: bytes) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{sha256(data).hexdigest()[:HASH_CHARACTERS]}{dot}{ending}"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    compressor = Compressor(quiet=True)
    if compressor.should_compress(path.name):
        compressor.compress(str(path))


def _with_references(text: str, sheet: Path, source: Path, names: dict[str, str]) -> str:
    def replace(found: re.Match[str]) -> str:
        wanted = (sheet.parent / found[1]).resolve()
        known = {(source / name).resolve(): Path(hashed).name for name, hashed in names.items()}
        if wanted not in known:
            raise BuildError(
                f"{sheet.name} refers to {found[1]}, which is not there (or a style sheet too): "
                "put the file beside it or correct the address."
            )
        return found[0].replace(Path(found[1]).name, known[wanted])

    return REFERENCE.sub(replace, text)


if __name__ == "__main__":
    print(f"Static files: {len(build())} prepared in {BUILT}.")
