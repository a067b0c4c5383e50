import struct
from typing import Any
from zlib import crc32

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from app.media.images import LARGEST_SIDE, THUMBNAIL_SIDE, NotAPictureError, redraw, shrink
from tests.app.drawings import drawing, file_of, opened

PERSONAL = {"exif", "icc_profile"}


def is_slope(image: Image.Image) -> bool:
    """Whether it goes evenly from dark to light, from top to bottom."""
    column = image.convert("L").resize((1, 3), Image.Resampling.BOX)
    return all(
        abs(is_ - was) < 8 for is_, was in zip(column.tobytes(), (42, 127, 213), strict=True)
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_stays_what_it_is(kind: str) -> None:
    drawn = redraw(drawing(kind))
    image = opened(drawn.data)
    assert (image.format, image.size) == (kind, (60, 30)), "people would see another picture"
    assert drawn.content_type == f"image/{kind.lower()}"
    assert is_slope(image), "the picture lost its dark or its light side"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_kind_of_pixel_can_be_used(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((60, 30))
    image = grey.convert("I").point(lambda v: v * 256) if mode == "I;16" else grey
    drawn = opened(redraw(file_of(image.convert(mode), "PNG")).data)
    assert is_slope(drawn), f"{mode} came out too dark or too light"


def test_what_is_transparent_stays_so() -> None:
    clear = file_of(Image.new("RGBA", (60, 30), (255, 0, 0, 0)), "PNG")
    assert opened(redraw(clear).data).mode == "RGBA"
    assert opened(shrink(clear).data).mode == "RGBA", "thumbnails would get black corners"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_of_a_pictures_past_is_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    remarks = PngInfo()
    remarks.add_text("Author", "me")
    options: dict[str, Any] = {
        "exif": exif,
        "icc_profile": b"my camera",
        "pnginfo": remarks,
        "dpi": (96, 96),
    }
    given = drawing(kind, **options)
    assert opened(given).info.keys() >= PERSONAL, "the test would prove nothing"
    for drawn in (redraw(given), shrink(given)):
        image = opened(drawn.data)
        assert not image.getexif(), "strangers would learn where a person lives"
        assert not {*PERSONAL, "Author", "dpi", "comment"} & image.info.keys(), (
            "strangers would learn whose camera it was"
        )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_stands_behind_the_pixels_is_not_kept(kind: str) -> None:
    script = b"<script>alert(1)</script>"
    assert script not in redraw(drawing(kind) + script).data, "it could be run as something else"


def test_a_photo_from_a_tilted_camera_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    drawn = redraw(drawing("JPEG", exif=exif))
    assert (drawn.width, drawn.height) == (30, 60), "people would have to tilt their heads"
    assert opened(drawn.data).size == (30, 60)


def test_a_large_picture_is_scaled_down_and_keeps_its_shape() -> None:
    photo = drawing("JPEG", (4000, 3000))
    assert (redraw(photo).width, redraw(photo).height) == (LARGEST_SIDE, 1200)
    small = shrink(photo)
    assert (small.width, small.height) == (THUMBNAIL_SIDE, 360)
    assert small.content_type == "image/webp"


def test_only_the_first_picture_of_a_moving_one_is_taken() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    moving = file_of(frames[0], "WEBP", save_all=True, append_images=frames[1:])
    assert not getattr(opened(redraw(moving).data), "is_animated", False)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", id="svg"),
        pytest.param(b"<!doctype html><script>alert(1)</script>", id="html"),
        pytest.param(drawing("GIF"), id="gif"),
        pytest.param(drawing("BMP"), id="bmp"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", id="postscript"),
    ],
)
def test_what_is_no_picture_by_its_content_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPictureError, match="Choose a PNG, JPEG or WebP file"):
        redraw(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_refused(kind: str) -> None:
    whole = drawing(kind, (300, 200))
    with pytest.raises(NotAPictureError, match=r"damaged|not a picture"):
        redraw(whole[: len(whole) // 2])


def test_a_small_file_that_unfolds_to_a_huge_picture_is_refused_by_its_header() -> None:
    # Some hundred bytes that claim 12 gigapixels; and one that is large, but not absurd.
    absurd = bytearray(drawing("PNG"))
    absurd[16:24] = struct.pack(">II", 110_000, 110_000)
    absurd[29:33] = struct.pack(">I", crc32(absurd[12:29]))
    with pytest.raises(NotAPictureError, match=r"too large: at most 25 megapixels"):
        redraw(bytes(absurd))
    blank = file_of(Image.new("1", (5000, 3000)), "PNG")
    assert len(blank) < 10_000
    with pytest.raises(NotAPictureError, match=r"too large: at most 12\.5 megapixels"):
        redraw(blank)
