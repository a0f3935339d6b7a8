"""Text in other encodings than UTF-8, as ad platforms and spreadsheets write it, as UTF-8.

UTF-8 has rules that text in other encodings breaks at its first letter beyond ASCII. So a file that
keeps them is UTF-8, whatever encoding is stated for it.
"""

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

WIDE: Final = ("utf-16", "utf-32")
"""Encodings in which ASCII text has NUL bytes."""

PIECE: Final = 1 << 20
"""Bytes that are looked at together."""

UNDECODABLE: Final = "attrigraph.undecodable"
"""Name of the handler of errors that marks bytes which are no text in their encoding."""


def _marked(error: UnicodeError) -> tuple[str, int]:
    """Half a surrogate pair for the bytes, which is not UTF-8 either, so the line is rejected."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\udcff", error.end


codecs.register_error(UNDECODABLE, _marked)


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

    Text that should be UTF-8 is not checked. Bytes that are no text in another encoding become
    bytes that are not UTF-8.

    Raises:
        InputError: it cannot be read.
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


def other_encoding(form: Format) -> str:
    """What is wrong with text of a file that is in another encoding, and what to do about it."""
    if form.encoding is not None:
        return f"is not {form.encoding.upper()} text; state another encoding, or save it as UTF-8"
    return (
        "is not UTF-8 text; state its encoding, as --encoding cp1252 does for exports of Windows, "
        "or save it as UTF-8"
    )


def is_utf8_text(path: Path, form: Format) -> bool:
    """Whether a file is UTF-8 and cannot be text in the encoding that its format states.

    The part of the file with the first letter beyond ASCII decides.
    """
    if form.encoding is None or form.name == "parquet":
        return False
    with open_bytes(path, form) as stream:
        start = stream.read(PIECE)
        if _encoding(start[: len(BOM)], form.encoding) != form.encoding or b"\0" in start:
            return False
        if codecs.lookup(form.encoding).name.startswith(WIDE):
            return _is_utf8(start)
        while start and start.isascii():
            start = stream.read(PIECE)
        return bool(start) and _is_utf8(start)


def _is_utf8(piece: bytes) -> bool:
    """Whether a part of a file is UTF-8, which may break off within a letter."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        return False
    return True


class _Decoded:
    """Reads text in some encoding as UTF-8."""

    def __init__(self, path: Path, stream: BinaryIO, encoding: str) -> None:
        self._path = path
        self._stream = stream
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)(UNDECODABLE)

    def read(self, size: int, /) -> bytes:
        """The next bytes of UTF-8; none at the end alone."""
        try:
            while True:
                data = self._stream.read(size)
                if not data:
                    self._check_end()
                text = self._decoder.decode(data, final=not data)
                if text or not data:
                    return text.encode(errors="surrogatepass")
        except UnicodeError as error:  # of encodings that let no handler continue
            raise InputError(
                f"{self._path} is not valid {self._encoding.upper()} text; save it as UTF-8, or "
                "state another encoding"
            ) from error

    def _check_end(self) -> None:
        if self._decoder.getstate()[0]:
            raise InputError(
                f"{self._path} breaks off within a letter of {self._encoding.upper()} text; copy "
                "or export it again"
            )
