"""Which touches spend was for: those of its creative or campaign, else those of its channel.

A campaign is found by its id, else by its name, exactly, else by its name in plain form (see
``names``). The campaign decides, whatever channel a platform names: its touches may have other
channels. Only where no touch has the campaign, the spend belongs to the channel that it names.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from attrigraph.domain.plain_names import plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attrigraph.domain import Level
    from attrigraph.domain.columns import Flags
    from attrigraph.domain.returns import SpendLine
    from attrigraph.spend.touch_groups import TouchGroups

NONE: Final[tuple[int, ...]] = ()


class Names:
    """Codes of keys by name: exactly, or in plain form."""

    def __init__(self, keys: Iterable[str], further: Mapping[str, str] | None = None) -> None:
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._plain: dict[str, list[int]] = defaultdict(list)
        self._ids: dict[str, int] = {}
        for code, key in enumerate(keys):
            self._ids[key] = code
            for name in dict.fromkeys((key, (further or {}).get(key, key))):
                self._exact[name].append(code)
                self._plain[plain_name(name)].append(code)

    def with_id(self, key: str | None) -> tuple[int, ...]:
        """The code of the key itself."""
        return NONE if key is None or key not in self._ids else (self._ids[key],)

    def named(self, name: str | None) -> tuple[int, ...]:
        """Codes of the keys of this name."""
        if name is None:
            return NONE
        return tuple(self._exact.get(name) or self._plain.get(plain_name(name)) or NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """The touches that one line of spend was for; combinations of ``TouchGroups``, bool ``[k]``.

    Attributes:
        own: touches of its creative, or of its campaign; in the channel that it names, if some are.
        campaigns: these, and all others of their campaigns.
        creatives: touches of its creative.
        in_channel: touches of the channel that it names.
        untagged: those of them without a campaign.
    """

    own: Flags
    campaigns: Flags
    creatives: Flags
    in_channel: Flags
    untagged: Flags


class Matcher:
    """Matches lines of spend with touches.

    Attributes:
        groups: the touches.
    """

    def __init__(self, groups: TouchGroups, campaign_names: Mapping[str, str]) -> None:
        self.groups = groups
        self._channels = Names(groups.keys["channel"])
        self._campaigns = Names(groups.keys["campaign"], campaign_names)
        self._creatives = Names(groups.keys["creative"])

    def match(self, line: SpendLine) -> Match:
        """The touches that a line was for."""
        named = self._campaigns.with_id(line.campaign) or self._campaigns.named(line.campaign_name)
        of_campaign = self._having("campaign", named)
        of_creative = self._having("creative", self._creatives.named(line.creative))
        in_channel = self._having("channel", self._channels.named(line.channel))
        own = _narrowed(of_campaign, of_creative) if of_campaign.any() else of_creative
        tagged = self.groups.codes["campaign"] >= 0
        codes = np.unique(self.groups.codes["campaign"][own & tagged])
        return Match(
            own=_narrowed(own, in_channel),
            campaigns=_narrowed(own | self._having("campaign", codes.tolist()), in_channel),
            creatives=of_creative,
            in_channel=in_channel,
            untagged=in_channel & ~tagged,
        )

    def _having(self, level: Level, codes: Sequence[int]) -> Flags:
        return np.isin(self.groups.codes[level], codes)


def _narrowed(groups: Flags, to: Flags) -> Flags:
    """Those of the combinations that are in both, if there are any."""
    both = groups & to
    return both if both.any() else groups
