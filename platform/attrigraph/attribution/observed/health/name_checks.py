"""Checks of the names of channels, campaigns and creatives."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from attrigraph.attribution.observed.health.examples import MAX_NAMED, examples
from attrigraph.domain.data_health import HealthLine
from attrigraph.domain.placeholders import is_placeholder
from attrigraph.quantities import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attrigraph.attribution.observed.health.figures import HealthFigures
    from attrigraph.domain import Level

SEPARATORS: Final = frozenset(">→»|;")
"""Characters that separate the channels of a path in common exports."""

MANY_UNKNOWN: Final = 0.05

_JOIN: Final = "; --sessions gives pages the source of their session"

_BETWEEN_WORDS: Final = re.compile(r"[\s_.\-]+")


def without_channel(figures: HealthFigures) -> HealthLine | None:
    """Touches whose channel is unknown."""
    count = figures.unnamed("channel")
    if not count:
        return None
    share = count / figures.touches
    return HealthLine(
        "touches_without_channel",
        "warning" if share >= MANY_UNKNOWN else "note",
        count,
        share,
        f"{count:,} of {counted(figures.touches, 'touch')} ({share:.1%}) without a channel,"
        " credited as (unknown)",
        f"map a channel or UTM fields{_JOIN if figures.unjoined_visits else ''}",
    )


def placeholder_names(figures: HealthFigures, level: Level) -> HealthLine | None:
    """Names of a level that are words for a missing value."""
    touches = figures.names[level]
    found = [name for name in touches if is_placeholder(name)]
    if not found:
        return None
    count = sum(touches[name] for name in found)
    return HealthLine(
        f"placeholder_{plural(level)}",
        "warning",
        count,
        count / figures.touches,
        f"{counted(count, 'touch')} with the {level} {examples(found)}, which may mean a missing"
        " name",
        f"give the word under `null` in the mapping, so that the {level} is unknown",
    )


def near_equal_names(figures: HealthFigures, level: Level) -> HealthLine | None:
    """Names of a level that differ only in what readers overlook."""
    groups = _near_equal(figures.names[level])
    if not groups:
        return None
    names = [name for group in groups for name in group]
    named = "; ".join(examples(group) for group in groups[:MAX_NAMED])
    more = "; ..." if len(groups) > MAX_NAMED else ""
    return HealthLine(
        f"near_equal_{plural(level)}",
        "warning",
        len(names),
        sum(figures.names[level][name] for name in names) / figures.touches,
        f"{plural(level)} that differ only in capitals, blanks, separators or Unicode form:"
        f" {named}{more}",
        "map them to one name with `values` in the mapping",
    )


def separators_in_channels(figures: HealthFigures) -> HealthLine | None:
    """Channels that hold a separator of paths; in campaigns and creatives these are usual."""
    channels = figures.names["channel"]
    found = [name for name in channels if not SEPARATORS.isdisjoint(name)]
    if not found:
        return None
    return HealthLine(
        "separators_in_channels",
        "warning",
        len(found),
        sum(channels[name] for name in found) / figures.touches,
        f"{counted(len(found), 'channel')} with what may be a separator of paths: "
        f"{examples(found)}",
        "if they are paths, give the separator of the files with --separator, else rename them",
    )


def _near_equal(names: Iterable[str]) -> list[list[str]]:
    """Groups of two names or more that are equal once folded, by name."""
    groups = defaultdict(list)
    for name in sorted(names):
        groups[_folded(name)].append(name)
    return [group for group in groups.values() if len(group) > 1]


def _folded(name: str) -> str:
    """The name without what readers overlook."""
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
        name = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")
    return _BETWEEN_WORDS.sub(" ", name.casefold()).strip()
