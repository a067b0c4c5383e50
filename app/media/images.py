"""What a picture is: its content decides, and it is drawn anew, so nothing else comes along."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any

# Pillow is imported in functions only: on a quarter of a core that takes its time, and the start
# need not wait for it.
if TYPE_CHECKING:
    from PIL.Image import Image

# Phones make JPEGs of 12 megapixels, some of 24, which can be decoded at half the size; PNG and
# WebP unfold whole. Either way it takes less than 250 MiB.
MAX_MEGAPIXELS = {"JPEG": 25, "PNG": 12.5, "WEBP": 12.5}
LARGEST_SIDE = 1600
THUMBNAIL_SIDE = 480
CONTENT_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
# A little less than the best, which nobody sees, in a fraction of the time and space.
ENCODING: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85},
    "PNG": {},
    "WEBP": {"quality": 82, "method": 2},
}
# One at a time in a process: two of the largest would not fit into a small task.
TURN = Lock()


class NotAPictureError(ValueError):
    """What was given cannot be used; the message is for the person who gave it."""


@dataclass(frozen=True)
class Drawn:
    """A picture as it will be stored; sides in pixels."""

    data: bytes
    content_type: str
    width: int
    height: int


def redraw(data: bytes) -> Drawn:
    """The picture upright, its sides at most LARGEST_SIDE, without metadata; NotAPictureError."""
    with TURN:
        image, kind = _decode(data, LARGEST_SIDE)
        return _encode(image, kind)


def shrink(data: bytes) -> Drawn:
    """The same with sides of at most THUMBNAIL_SIDE, as WebP; NotAPictureError."""
    with TURN:
        image, _kind = _decode(data, THUMBNAIL_SIDE)
        return _encode(image, "WEBP")


def _decode(data: bytes, side: int) -> tuple[Image, str]:
    """The first frame, upright, in RGB or RGBA, scaled down to `side`; and its format's name."""
    from PIL import Image, UnidentifiedImageError

    try:
        # This reads no more than the header: a bomb is refused before it unfolds.
        image = Image.open(BytesIO(data), formats=list(CONTENT_TYPES))
        kind = image.format or ""
        _check_size(kind, image.width * image.height)
        return _scale(image, side), kind
    except NotAPictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPictureError(_too_large(max(MAX_MEGAPIXELS.values()))) from None
    except UnidentifiedImageError:
        raise NotAPictureError(
            "This is not a picture that can be used here. Choose a PNG, JPEG or WebP file."
        ) from None
    # A file that was made to harm can end in an error of any kind.
    except Exception:
        raise NotAPictureError(
            "The picture cannot be read: the file is damaged. Save it again or choose another."
        ) from None


def _scale(image: Image, side: int) -> Image:
    from PIL import ImageOps

    # In this order, and in place where it can be: each copy of the whole would be 50 MiB.
    scale = min(1, side / max(image.size))
    image.draft("RGB", (int(image.width * scale), int(image.height * scale)))
    if image.mode.startswith("I"):
        # Sixteen bits of grey: Pillow would cut off the light ones.
        image = image.point(lambda value: value / 256, "L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode != mode:
        image = image.convert(mode)
    image.thumbnail((side, side))
    ImageOps.exif_transpose(image, in_place=True)
    return image


def _encode(image: Image, kind: str) -> Drawn:
    # What came beside the pixels stays behind: place, camera, colour profile, comments.
    image.info.clear()
    file = BytesIO()
    image.save(file, kind, **ENCODING[kind])
    return Drawn(file.getvalue(), CONTENT_TYPES[kind], image.width, image.height)


def _check_size(kind: str, pixels: int) -> None:
    if pixels > MAX_MEGAPIXELS[kind] * 10**6:
        raise NotAPictureError(_too_large(MAX_MEGAPIXELS[kind]))


def _too_large(allowed: float) -> str:
    return (
        f"The picture is too large: at most {allowed:g} megapixels are taken. "
        "Make it smaller or choose another."
    )
