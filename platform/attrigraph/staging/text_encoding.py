"""Text in other encodings than UTF-8, as ad platforms and spreadsheets write it, as UTF-8."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from attrigraph.errors import InputError
from attrigraph.staging.blocks import BOM
from attrigraph.staging.formats import Format, open_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def check_encoding(name: str) -> str:
    """The name of an encoding, as it was given.

    Raises:
        ValueError: there is no such encoding of text.
    """
    try:
        "a,b\n".encode(name).decode(name)
    except (LookupError, UnicodeError, ValueError):
        raise ValueError(
            f"there is no encoding {name!r}; there are cp1252, latin-1, utf-16-le, cp932 and more"
        ) from None
    return name


def known_encoding(name: str) -> str:
    """The name of an encoding, as it was given on the command line.

    Raises:
        InputError: there is no such encoding of text.
    """
    try:
        return check_encoding(name)
    except ValueError as error:
        raise InputError(str(error)) from None


class Bytes(Protocol):
    """What is read in parts."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, about ``size`` of them; none at the end."""


@contextmanager
def open_text(path: Path, form: Format) -> Iterator[Bytes]:
    """The bytes of a file in UTF-8, whatever its byte order mark or else its format states.

    Text that should be UTF-8 is not checked.

    Raises:
        InputError: it cannot be read, or is not valid in another encoding.
    """
    with open_bytes(path, form) as stream:
        start = stream.read(len(BOM))
        stream.seek(0)
        encoding = _encoding(start, form.encoding)
        yield stream if encoding is None else _Decoded(path, stream, encoding)


def _encoding(start: bytes, stated: str | None) -> str | None:
    """The encoding of text with these first bytes; None for UTF-8."""
    if start[:2] in UTF16_MARKS:
        return "utf-16"
    if start == BOM or stated is None or codecs.lookup(stated).name.startswith("utf-8"):
        return None
    return stated


class _Decoded:
    """Reads text in some encoding as UTF-8."""

    def __init__(self, path: Path, stream: BinaryIO, encoding: str) -> None:
        self._path = path
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int, /) -> bytes:
        """The next bytes of UTF-8; none at the end alone."""
        try:
            while True:
                data = self._stream.read(size)
                text = self._decoder.decode(data, final=not data)
                if text or not data:
                    return text.encode()
        except UnicodeError as error:
            raise InputError(
                f"{self._path} is not valid {self._encoding.upper()} text; save it as UTF-8, or "
                "state another encoding"
            ) from error
