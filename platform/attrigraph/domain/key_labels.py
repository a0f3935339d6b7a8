"""What people read in the place of keys: names where ids have one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from attrigraph.domain.columns import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def key_labels(keys: Iterable[str | None], names: Mapping[str, str]) -> dict[str | None, str]:
    """The name of each key, with the key after it where another has the same; else the key.

    Args:
        keys: what is labelled; None is what is not known.
        names: names by key, where they are known.
    """
    keys = list(dict.fromkeys(keys))
    labels = {key: UNKNOWN if key is None else names.get(key, key) for key in keys}
    times = Counter(labels.values())
    return {
        key: f"{label} ({key})" if key in names and times[label] > 1 and key != label else label
        for key, label in labels.items()
    }
