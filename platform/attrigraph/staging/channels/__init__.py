"""Rules that give channels to events which name none: ordered, the first that fits decides.

A set of rules is a TOML file. Those that come with the package lie in this folder.
"""

from __future__ import annotations

from attrigraph.staging.channels.built_in import BUILT_IN, built_in_rules, rules_of
from attrigraph.staging.channels.rule_set import ChannelRules, read_channel_rules

__all__ = ["BUILT_IN", "ChannelRules", "built_in_rules", "read_channel_rules", "rules_of"]
