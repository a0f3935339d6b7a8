"""Reasons by line of an answer: channels, campaigns or creatives."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from attrigraph.domain import Categorical, Credit


def with_reasons(
    lines: Sequence[Credit],
    reasons: tuple[tuple[str, ...], ...],
    key: NDArray[np.int64],
    categorical: Categorical,
    touch: NDArray[np.int64],
) -> tuple[Credit, ...]:
    """Lines that say whether they are identified, by the channels of their touches.

    A campaign or creative has the reasons of all channels that it runs in. Those which are no
    marketing gave it no credit, so they count only if it runs in no others.

    Args:
        lines: of an answer.
        reasons: of each channel.
        key: channel of each touch of the histories.
        categorical: the level's values by row of the event table.
        touch: row of the event table of each touch of the histories.
    """
    cell = (categorical.codes[touch].astype(np.int64) + 1) * len(reasons) + key
    names = (None, *categorical.keys)
    channels: dict[str | None, list[tuple[str, ...]]] = {}
    for pair in np.flatnonzero(np.bincount(cell)).tolist():
        code, channel = divmod(pair, len(reasons))
        channels.setdefault(names[code], []).append(reasons[channel])
    found = {name: _together(of_channels) for name, of_channels in channels.items()}
    return tuple(
        replace(line, identified=not found[line.key], reasons=found[line.key]) for line in lines
    )


def _together(channels: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The reasons of a line by those of its channels, each once."""
    marketing = [codes for codes in channels if "not-marketing" not in codes]
    return tuple(dict.fromkeys(code for codes in marketing or channels for code in codes))
