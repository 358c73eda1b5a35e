"""Evidence without what it tells besides: places, devices, authors, and whatever hangs behind."""

from __future__ import annotations

import io
import re
import warnings

from PIL import Image, ImageOps

from domain.evidence import MOST_PIXELS, FileKind, check_pdf
from domain.refusal import Refusal

_QUALITY = 92
_FORMATS = {FileKind.JPEG: "JPEG", FileKind.PNG: "PNG", FileKind.WEBP: "WEBP"}
_XMP = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
# Who made a PDF, with what and when: a text in brackets, or hexadecimal digits.
_TOLD = re.compile(
    rb"/(?:Author|Creator|Producer|Title|Subject|Keywords|CreationDate|ModDate|Company)\s*"
    rb"(?:\((?P<text>(?:[^()\\]|\\.)*)\)|<(?P<digits>[0-9A-Fa-f\s]*)>)",
    re.DOTALL,
)


def clean(data: bytes, kind: FileKind) -> bytes:
    """The same picture or text without the rest. Takes processor time: call it in a thread.

    Refuses with `evidence.damaged`, `evidence.huge`, and as `check_pdf` does. A picture is drawn
    anew, which leaves nothing of a file that was also something else; it is turned as the camera
    held it. A PDF keeps its bytes in their places: what it tells of its maker becomes spaces.
    """
    if kind is FileKind.PDF:
        check_pdf(data)
        return _TOLD.sub(_blanked, _XMP.sub(lambda found: b" " * len(found[0]), data))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(_FORMATS[kind],)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise Refusal("evidence.huge")
                return _drawn(ImageOps.exif_transpose(picture), kind)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refusal("evidence.huge") from None
    except (OSError, SyntaxError, ValueError):
        raise Refusal("evidence.damaged") from None


def _drawn(picture: Image.Image, kind: FileKind) -> bytes:
    """The picture alone: only its points are taken over."""
    mode = "RGB" if kind is FileKind.JPEG else "RGBA"
    if picture.mode in ("L", "1", "I;16"):
        mode = "L"
    plain = Image.new(mode, picture.size)
    plain.paste(picture.convert(mode))
    target = io.BytesIO()
    if kind is FileKind.JPEG:
        plain.save(target, "JPEG", quality=_QUALITY)
    else:
        plain.save(target, "PNG")
    return target.getvalue()


def _blanked(found: re.Match[bytes]) -> bytes:
    whole, start = found[0], found.start()
    for name in ("text", "digits"):
        if found[name] is not None:
            first, last = found.start(name) - start, found.end(name) - start
            return whole[:first] + b" " * (last - first) + whole[last:]
    return whole
