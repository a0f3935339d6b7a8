"""The sets of channel rules that come with the package, ``NAME.toml`` in this folder each."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from attrigraph.errors import InputError
from attrigraph.staging.channels.rule_set import ChannelRules, read_channel_rules

BuiltIn = Literal["classic", "ga4"]

BUILT_IN: Final[tuple[str, ...]] = get_args(BuiltIn)
"""Names that ``--channel-rules`` takes in the place of a file."""

FOLDER: Final = Path(__file__).parent


@cache
def built_in_rules(name: BuiltIn) -> ChannelRules:
    """The rules of that name."""
    return read_channel_rules(FOLDER / f"{name}.toml")


def rules_of(given: str) -> ChannelRules:
    """The rules that a user names: built-in ones, or a file.

    Raises:
        InputError: there is neither, or the file has mistakes.
    """
    for name in get_args(BuiltIn):
        if given == name:
            return built_in_rules(name)
    path = Path(given)
    if not path.exists():
        raise InputError(
            f"the channel rules must be {' or '.join(BUILT_IN)} or an existing TOML file, got "
            f"{given!r}"
        )
    return read_channel_rules(path)
