"""File formats, recognized by their suffix, and how their bytes are opened."""

from __future__ import annotations

import gzip
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from stat import S_ISREG
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, cast

from attrigraph.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FormatName = Literal["csv", "json", "parquet"]


@dataclass(frozen=True, slots=True)
class Format:
    """How a file is read.

    Attributes:
        name: the reader.
        compressed: whether by gzip.
        delimiter: separator of the fields of CSV.
        encoding: of text without a byte order mark; None for UTF-8.
    """

    name: FormatName
    compressed: bool = False
    delimiter: str = ","
    encoding: str | None = None


SUFFIXES: Final[dict[str, Format]] = {
    ".csv": Format("csv"),
    ".csv.gz": Format("csv", compressed=True),
    ".tsv": Format("csv", delimiter="\t"),
    ".tsv.gz": Format("csv", compressed=True, delimiter="\t"),
    ".jsonl": Format("json"),
    ".jsonl.gz": Format("json", compressed=True),
    ".ndjson": Format("json"),
    ".ndjson.gz": Format("json", compressed=True),
    ".json": Format("json"),
    ".json.gz": Format("json", compressed=True),
    ".parquet": Format("parquet"),
}
"""Suffixes of files that can be read."""


def format_of(path: Path) -> Format:
    """The format that the file's name states.

    Raises:
        InputError: when there is no such file, it is empty, or the suffix is not known.
    """
    size = _size(path)
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if path.name.lower().endswith(suffix):
            if size == 0:
                raise InputError(f"{path} is empty")
            return SUFFIXES[suffix]
    raise InputError(
        f"{path} must have one of the suffixes that can be read: {', '.join(SUFFIXES)}"
    )


def _size(path: Path) -> int:
    """Size of a regular file in bytes.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    if not S_ISREG(status.st_mode):
        raise InputError(f"{path} is not a file")
    return status.st_size


@contextmanager
def open_bytes(path: Path, form: Format) -> Iterator[BinaryIO]:
    """The bytes of the file, decompressed.

    Raises:
        InputError: when it cannot be read, is not gzip, or breaks off.
    """
    try:
        plain = path.open("rb")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    try:
        with plain:
            if form.compressed:
                with gzip.open(plain) as stream:
                    yield cast("BinaryIO", stream)
            else:
                yield plain
    except EOFError as error:
        raise InputError(
            f"{path} breaks off: its gzip data is incomplete; copy it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path} is not valid gzip data: {error}") from error
