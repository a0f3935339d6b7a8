"""The events that were read from a graph, in files of some buckets of customers each.

The columns of a file are NumPy arrays in an archive; texts are one block with the length of each.
A manifest, which is replaced last, names each file with its SHA-256, and says up to which load they
hold all facts. A file has its hash in its name, so that none is ever written over. A file that is
damaged or missing is left out, and so is everything where the manifest is of another version.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import (
    N_BUCKETS,
    Categorical,
    Conversions,
    EventTable,
    Touches,
    string_array,
)
from attrigraph.graph.loads import Seen
from attrigraph.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.domain import StringArray

    Arrays = dict[str, NDArray[Any]]

VERSION: Final = 3
N_FILES: Final = 16
"""At most; a change of one customer writes a sixteenth, and more files take longer to read."""
BUCKETS: Final = N_BUCKETS // N_FILES
"""Of a file."""
MANIFEST: Final = "facts.json"
FILES: Final = "facts-*.npz"
NUMBERS: Final = ("customer", "time", "nanosecond", "position")
DAMAGED: Final = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What reading raises: damaged bytes may look like another kind of archive, or of array."""
CODED: Final = ("channel", "campaign", "creative")


@dataclass(frozen=True, slots=True)
class FactsFile:
    """A file of the manifest.

    Attributes:
        name: of the file, beside the manifest.
        sha256: of its bytes, in hexadecimal.
        size: bytes.
    """

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class StoredFacts:
    """Events as they were read.

    Attributes:
        seen: the loads whose facts they hold in full.
        parts: of ``N_FILES`` ranges of ``BUCKETS`` buckets each the events; None where they are not
            held.
        files: that hold them, by the number of the part.
    """

    seen: Seen
    parts: tuple[EventTable | None, ...]
    files: Mapping[int, FactsFile] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of the files."""
        return sum(file.size for file in self.files.values())


def read_facts(folder: Path, *, ids: bool = True) -> StoredFacts | None:
    """The stored facts; None without a manifest of this version.

    Args:
        folder: of the files.
        ids: whether to read ids of touches; otherwise ``touches.id`` is None throughout.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return None
    seen, files = manifest
    found = {number: read_part(folder, file, ids=ids) for number, file in files.items()}
    return StoredFacts(
        seen,
        tuple(found.get(number) for number in range(N_FILES)),
        {number: file for number, file in files.items() if found[number] is not None},
    )


def read_part(folder: Path, file: FactsFile, *, ids: bool = True) -> EventTable | None:
    """The events of a file; None if it is damaged or missing.

    Args:
        folder: of the file.
        file: see there.
        ids: see ``read_facts``.
    """
    try:
        content = (folder / file.name).read_bytes()
        if hashlib.sha256(content).hexdigest() != file.sha256:
            return None
        return _events(np.load(io.BytesIO(content), allow_pickle=False), ids=ids)
    except DAMAGED:
        return None


def read_manifest(folder: Path) -> tuple[Seen, dict[int, FactsFile]] | None:
    """Up to which load files hold all facts, and the files by number; None without a manifest."""
    try:
        content = json.loads((folder / MANIFEST).read_bytes())
        if content["version"] != VERSION:
            return None
        files = {int(number): FactsFile(**file) for number, file in content["files"].items()}
        return Seen(**content["seen"]), files
    except DAMAGED:
        return None


def write_facts(
    folder: Path, facts: StoredFacts, *, changed: Collection[int], max_bytes: int
) -> tuple[int, ...]:
    """Write the parts that changed, then the manifest; only the owner can read them.

    Args:
        folder: of the files.
        facts: every part, and the files of those that did not change.
        changed: numbers of the parts that no file holds as they are.
        max_bytes: that the files may have in all.

    Returns:
        Numbers of the parts for which there is no room.

    Raises:
        OSError: a file cannot be written; the manifest is as it was.
    """
    make_private_folder(folder)
    files: dict[int, FactsFile] = {}
    left_out, room = [], max_bytes
    for number, part in enumerate(facts.parts):
        if part is None:
            continue
        known = None if number in changed else facts.files.get(number)
        file = known or (_write_part(folder, number, part, room) if room > 0 else None)
        if file is None or file.size > room:
            left_out.append(number)
            room = 0  # later parts are left out, too, so that none is written to be dropped
            continue
        files[number] = file
        room -= file.size
    content = {
        "version": VERSION,
        "seen": {"number": facts.seen.number, "id": facts.seen.id},
        "files": {
            number: {"name": one.name, "sha256": one.sha256, "size": one.size}
            for number, one in files.items()
        },
    }
    _write_whole(folder / MANIFEST, json.dumps(content).encode())
    _delete_others(folder, {file.name for file in files.values()})
    return tuple(left_out)


def delete_facts(folder: Path) -> None:
    """Delete the manifest and all files."""
    (folder / MANIFEST).unlink(missing_ok=True)
    _delete_others(folder, set())


def _delete_others(folder: Path, kept: Collection[str]) -> None:
    """Delete files that the manifest does not name, and what a killed process left half-written."""
    for pattern in (FILES, f".{FILES}-*", f".{MANIFEST}-*"):
        for file in folder.glob(pattern):
            if file.name not in kept:
                file.unlink(missing_ok=True)


def _write_part(folder: Path, number: int, part: EventTable, room: int) -> FactsFile | None:
    """Write a part; None if it is larger than what is left."""
    archive = io.BytesIO()
    arrays: dict[str, Any] = _arrays(part)
    np.savez(archive, **arrays)
    content = archive.getvalue()
    if len(content) > room:
        return None
    digest = hashlib.sha256(content).hexdigest()
    name = f"facts-{number}-{digest[:16]}.npz"
    _write_whole(folder / name, content)
    return FactsFile(name, digest, len(content))


def _write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one step; only its owner can read it."""
    part = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _arrays(events: EventTable) -> Arrays:
    touches, conversions = events.touches, events.conversions
    arrays: Arrays = {
        **_texts("customers", events.customers),
        "bucket": events.bucket,
        **_texts("touch_id", touches.id),
        **_texts("conversion_id", conversions.id),
        "cost": touches.cost,
        "value": conversions.value,
        **_codes("touch_kind", touches.kind),
        **_codes("conversion_kind", conversions.kind),
    }
    for name in CODED:
        arrays |= _codes(name, getattr(touches, name))
    for name in NUMBERS:
        arrays[f"touch_{name}"] = getattr(touches, name)
        arrays[f"conversion_{name}"] = getattr(conversions, name)
    if touches.cost_share is not None:
        arrays["cost_share"] = touches.cost_share
    return arrays


def _events(arrays: Mapping[str, NDArray[Any]], *, ids: bool) -> EventTable:
    numbers: dict[str, dict[str, Any]] = {
        kind: {name: arrays[f"{kind}_{name}"] for name in NUMBERS}
        for kind in ("touch", "conversion")
    }
    coded: dict[str, Any] = {name: _read_codes(arrays, name) for name in CODED}
    touches = Touches(
        id=_read_texts(arrays, "touch_id") if ids else np.full(len(arrays["cost"]), None, object),
        kind=_read_codes(arrays, "touch_kind"),
        cost=arrays["cost"],
        cost_share=arrays.get("cost_share"),
        **numbers["touch"],
        **coded,
    )
    conversions = Conversions(
        id=_read_texts(arrays, "conversion_id"),
        kind=_read_codes(arrays, "conversion_kind"),
        value=arrays["value"],
        **numbers["conversion"],
    )
    return EventTable(_read_texts(arrays, "customers"), arrays["bucket"], touches, conversions)


def _texts(name: str, column: StringArray) -> Arrays:
    texts = column.tolist()
    block = "".join(texts).encode()
    return {
        name: np.frombuffer(block, np.uint8),
        f"{name}_length": np.array([len(text) for text in texts], np.int32),
    }


def _read_texts(arrays: Mapping[str, NDArray[Any]], name: str) -> StringArray:
    block, ends = arrays[name].tobytes().decode(), np.cumsum(arrays[f"{name}_length"]).tolist()
    starts = [0, *ends[:-1]]
    return string_array([block[a:b] for a, b in zip(starts, ends, strict=True)] if ends else [])


def _codes(name: str, column: Categorical) -> Arrays:
    column = Categorical.of_codes(column.codes, column.keys)  # with the keys of this part alone
    return {**_texts(f"{name}_keys", string_array(column.keys)), f"{name}_codes": column.codes}


def _read_codes(arrays: Mapping[str, NDArray[Any]], name: str) -> Categorical:
    return Categorical(tuple(_read_texts(arrays, f"{name}_keys")), arrays[f"{name}_codes"])
