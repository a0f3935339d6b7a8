"""One file with all events that were read from a graph, and up to which load.

The columns are NumPy arrays in an archive, which has a checksum of each; texts are one block with
the length of each. A file that is damaged, or of another version, is as good as none.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import Categorical, Conversions, EventTable, Touches, string_array
from attrigraph.graph.loads import Seen
from attrigraph.private_files import make_private_folder

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.domain import StringArray

    Arrays = dict[str, NDArray[Any]]

VERSION: Final = 1
NUMBERS: Final = ("customer", "time", "nanosecond", "position")
DAMAGED: Final = (
    *(OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, RuntimeError),
    *(zipfile.BadZipFile, zlib.error),
)
"""What reading raises: damaged bytes may look like another kind of archive, or of array."""
CODED: Final = ("channel", "campaign", "creative")


@dataclass(frozen=True, slots=True, eq=False)
class StoredFacts:
    """Events as they were read.

    Attributes:
        seen: the loads whose facts they hold in full.
        events: with ids and kinds.
    """

    seen: Seen
    events: EventTable


def write_facts(path: Path, facts: StoredFacts) -> None:
    """Replace the file in one step; only its owner can read it."""
    make_private_folder(path.parent)
    part = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            arrays: dict[str, Any] = _arrays(facts)
            np.savez(file, **arrays)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_facts(path: Path) -> StoredFacts | None:
    """The stored facts; None without a file that is whole and of this version."""
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            arrays = {name: archive[name] for name in archive.files}
        return _facts(arrays) if int(arrays["version"]) == VERSION else None
    except DAMAGED:
        return None


def _arrays(facts: StoredFacts) -> Arrays:
    events, touches, conversions = facts.events, facts.events.touches, facts.events.conversions
    arrays: Arrays = {
        "version": np.array(VERSION),
        "seen": np.array(facts.seen.number),
        **_texts("load", string_array([facts.seen.id or ""])),
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


def _facts(arrays: Arrays) -> StoredFacts:
    numbers: dict[str, dict[str, Any]] = {
        kind: {name: arrays[f"{kind}_{name}"] for name in NUMBERS}
        for kind in ("touch", "conversion")
    }
    coded: dict[str, Any] = {name: _read_codes(arrays, name) for name in CODED}
    touches = Touches(
        id=_read_texts(arrays, "touch_id"),
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
    events = EventTable(_read_texts(arrays, "customers"), arrays["bucket"], touches, conversions)
    (load,) = _read_texts(arrays, "load")
    return StoredFacts(Seen(int(arrays["seen"]), load or None), events)


def _texts(name: str, column: StringArray) -> Arrays:
    texts = column.tolist()
    block = "".join(texts).encode()
    return {
        name: np.frombuffer(block, np.uint8),
        f"{name}_length": np.array([len(text) for text in texts], np.int32),
    }


def _read_texts(arrays: Arrays, name: str) -> StringArray:
    block, ends = arrays[name].tobytes().decode(), np.cumsum(arrays[f"{name}_length"]).tolist()
    starts = [0, *ends[:-1]]
    return string_array([block[a:b] for a, b in zip(starts, ends, strict=True)] if ends else [])


def _codes(name: str, column: Categorical) -> Arrays:
    return {**_texts(f"{name}_keys", string_array(column.keys)), f"{name}_codes": column.codes}


def _read_codes(arrays: Arrays, name: str) -> Categorical:
    return Categorical(tuple(_read_texts(arrays, f"{name}_keys")), arrays[f"{name}_codes"])
