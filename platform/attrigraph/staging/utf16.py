"""Text in UTF-16, as ad platforms and spreadsheets write it, as UTF-8."""

from __future__ import annotations

import codecs
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from attrigraph.errors import InputError
from attrigraph.staging.formats import Format, open_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Bytes(Protocol):
    """What is read in parts."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, about ``size`` of them; none at the end."""


@contextmanager
def open_text(path: Path, form: Format) -> Iterator[Bytes]:
    """The bytes of a file, in UTF-8 if a byte order mark states UTF-16.

    Raises:
        InputError: it cannot be read, or is not valid UTF-16.
    """
    with open_bytes(path, form) as stream:
        start = stream.read(2)
        stream.seek(0)
        yield _Utf16(path, stream) if start in MARKS else stream


class _Utf16:
    """Reads UTF-16 as UTF-8."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")()

    def read(self, size: int, /) -> bytes:
        """The next bytes of UTF-8; none at the end alone."""
        try:
            while True:
                data = self._stream.read(size)
                text = self._decoder.decode(data, final=not data)
                if text or not data:
                    return text.encode()
        except UnicodeError as error:
            raise InputError(f"{self._path} is not valid UTF-16 text; save it as UTF-8") from error
