"""Pictures for tests, drawn here."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image


def drawing(
    kind: str = "JPEG", size: tuple[int, int] = (60, 30), mode: str = "RGB", **options: Any
) -> bytes:
    """A file with a grey slope: `kind` is Pillow's name of the format."""
    return file_of(Image.linear_gradient("L").resize(size).convert(mode), kind, **options)


def file_of(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file."""
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in a file, decoded."""
    image = Image.open(BytesIO(data))
    image.load()
    return image
