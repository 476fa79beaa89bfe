"""Conversion: an image that a vendor does not take becomes one that it takes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import MediaUnreadable
from .pictures import DECODED, MOST_DECODED_PIXELS, Picture

if TYPE_CHECKING:
    from PIL.Image import Image

_QUALITY = 95
_PLAIN = ("RGB", "RGBA", "L")


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What an image may become.

    Attributes:
        accepts: The MIME types that the vendor takes.
        maximum_bytes: A PNG that is larger becomes a JPEG, where the picture allows it.
    """

    accepts: frozenset[str]
    maximum_bytes: int

    def wants(self, mime_type: str, picture: Picture) -> bool:
        """Return whether an image has to be converted."""
        return mime_type not in self.accepts or picture.is_cmyk or bool(picture.peculiar)


def converted(field_name: str, data: bytes, mime_type: str, to: Conversion) -> tuple[bytes, str]:
    """Return an image as a plain PNG or JPEG, and its MIME type.

    It is turned as EXIF says; of several frames it is the first; colours become 8-bit RGB. The
    same bytes give the same bytes, with the same version of Pillow.

    Raises:
        MediaUnreadable: When the image can't be decoded, or Pillow is not installed.
    """
    if mime_type not in DECODED:
        raise MediaUnreadable(f"{field_name}: polyreel can't convert {mime_type} images")
    try:
        image = _opened(data, mime_type)
    except ImportError:
        raise MediaUnreadable(
            f"{field_name}: converting {mime_type} needs Pillow and pillow-heif; install "
            "polyreel[media]"
        ) from None
    except _too_many_pixels():
        raise MediaUnreadable(
            f"{field_name}: the {mime_type} has more than {MOST_DECODED_PIXELS // 10**6} million "
            "pixels, too many to be converted; make it smaller"
        ) from None
    except Exception as error:  # noqa: BLE001  # decoders raise whatever they like at damaged data
        raise MediaUnreadable(
            f"{field_name}: the {mime_type} can't be decoded ({type(error).__name__}); it is cut "
            "or damaged"
        ) from None
    has_alpha = image.mode == "RGBA"
    lossy = mime_type in ("image/jpeg", "image/heic", "image/avif", "image/webp")
    png, jpeg = "image/png" in to.accepts, "image/jpeg" in to.accepts
    if png and (has_alpha or not lossy or not jpeg):
        written = _written(image, "PNG", optimize=False)
        if len(written) <= to.maximum_bytes or has_alpha or not jpeg:
            return written, "image/png"
    if jpeg:
        return _written(_opaque(image), "JPEG", quality=_QUALITY, subsampling=0), "image/jpeg"
    if "image/webp" in to.accepts:
        return _written(image, "WEBP", lossless=True), "image/webp"
    raise MediaUnreadable(
        f"{field_name}: the provider takes neither PNG, JPEG nor WebP, and polyreel converts to "
        "these only"
    )


def _too_many_pixels() -> tuple[type[Exception], ...]:
    from PIL.Image import DecompressionBombError, DecompressionBombWarning

    return DecompressionBombError, DecompressionBombWarning  # the second where warnings are errors


def _opened(data: bytes, mime_type: str) -> Image:
    from PIL import Image as Images
    from PIL import ImageOps

    opened: Image
    if mime_type == "image/heic":
        from pillow_heif import HeifImageFile

        opened = HeifImageFile(io.BytesIO(data))  # type: ignore[no-untyped-call]
    else:
        opened = Images.open(io.BytesIO(data))
    with opened as image:
        if image.width * image.height > MOST_DECODED_PIXELS:
            raise Images.DecompressionBombError  # before it takes memory
        image.seek(0)
        image.load()
        return _plain(ImageOps.exif_transpose(image))


def _plain(image: Image) -> Image:
    """Return an image in 8-bit RGB, RGBA or grey, in the colours of screens."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits, which `convert` would cut off instead of scale
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode in ("1", "F"):
        image = image.convert("L")
    elif image.mode not in (*_PLAIN, "CMYK"):
        alpha = "A" in image.mode or "transparency" in image.info
        image = image.convert("RGBA" if alpha else "RGB")
    if profile and image.mode != "L":
        image = _for_screens(image, profile)
    return image if image.mode in _PLAIN else image.convert("RGB")


def _for_screens(image: Image, profile: bytes) -> Image:
    """Return an image in sRGB, from the colours of its own profile; as it is if that is broken."""
    from PIL import ImageCms

    mode: Any = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        changed = ImageCms.profileToProfile(
            image, own, ImageCms.createProfile("sRGB"), outputMode=mode
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if changed is None else changed


def _opaque(image: Image) -> Image:
    """Return an image on white, since a JPEG has no transparency."""
    if image.mode != "RGBA":
        return image
    from PIL import Image as Images

    white = Images.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white


def _written(image: Image, name: str, **options: Any) -> bytes:
    """Return an image as a file that holds its pixels and nothing else."""
    file = io.BytesIO()
    bare = image.copy()
    bare.info = {}
    bare.save(file, name, **options)
    return file.getvalue()
