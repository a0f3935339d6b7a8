"""A set of channel rules as a TOML file declares it; ``docs/loading.md`` describes the form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

import duckdb
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from attrigraph.staging.channels.hosts import check_entry
from attrigraph.staging.database import first_line
from attrigraph.staging.declarations import Declared, Text, Words, read_declarations, validated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pydantic import ModelWrapValidatorHandler

RULE_FIELDS: Final = {
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "utm_campaign",
    "referrer": "referrer",
    "click_id": "click_id",
    "campaign_id": "utm_id",
    "ad_network": "ad_network",
}
"""Field of an event that each condition is about."""


def _compiles(pattern: str) -> str:
    with duckdb.connect() as database:
        try:
            database.execute("SELECT regexp_matches('', $pattern, 'i')", {"pattern": pattern})
        except duckdb.Error as error:
            raise ValueError(
                f"{pattern!r} is no regular expression of RE2: {first_line(error)}"
            ) from error
    return pattern


def _as_settings(given: object) -> object:
    """A word or a list of words is short for the setting ``words``."""
    if isinstance(given, str):
        return {"words": [given]}
    return {"words": given} if isinstance(given, list) else given


def _listed(name: str, info: ValidationInfo) -> str:
    """The name of a list, which the file must have where the mistakes of a file are collected."""
    part = info.field_name
    known = info.context.get(part, {}) if isinstance(info.context, dict) else None
    if isinstance(known, dict) and name not in known:
        raise ValueError(_not_listed(name, part, known))
    return name


def _not_listed(name: str, part: str | None, known: Iterable[str]) -> str:
    return f"{name!r} is not in {part}; {part} has {', '.join(known) or 'none'}"


Pattern = Annotated[Words, AfterValidator(_compiles)]
Entry = Annotated[Words, AfterValidator(check_entry)]
Names = Annotated[tuple[Annotated[Words, AfterValidator(_listed)], ...], Field(strict=False)]
WordList = Annotated[tuple[Text, ...], Field(strict=False)]
HostList = Annotated[tuple[Entry, ...], Field(strict=False)]


class Condition(Declared):
    """Which texts of a field fit; one setting that fits suffices. Capitals do not matter.

    Attributes:
        words: the text is one of these; an empty one fits a missing value.
        lists: names of lists of words, one of which is the text.
        hosts: names of lists of hosts; see ``attrigraph.staging.channels.hosts``.
        matches: regular expression of RE2 that the whole text matches.
        partially_matches: regular expression of RE2 that a part of the text matches.
    """

    words: tuple[Text, ...] = Field(default=(), strict=False)
    lists: Names = ()
    hosts: Names = ()
    matches: Pattern | None = None
    partially_matches: Pattern | None = None

    @model_validator(mode="after")
    def _is_a_condition(self) -> Self:
        if not self.model_fields_set or not any(self.model_dump().values()):
            raise ValueError("state words, lists, hosts, matches or partially_matches")
        return self


Given = Annotated[Condition | None, BeforeValidator(_as_settings)]


_NO_CONDITION: Final = (
    f"a rule needs a condition on one of {', '.join(RULE_FIELDS)}; "
    "`otherwise` is the channel where no rule fits"
)


class Rule(Declared):
    """A rule; it fits an event if all its conditions do.

    Attributes:
        channel: the channel that it gives.
        source: condition on ``utm_source``.
        medium: condition on ``utm_medium``.
        campaign: condition on ``utm_campaign``, else the campaign.
        referrer: condition on the host or URL of the page before.
        click_id: condition on the name of an ad platform's click id, such as ``gclid``.
        campaign_id: condition on ``utm_id``.
        ad_network: condition on the network of an ad, such as Google Ads' ``Cross-network``.
    """

    channel: Words
    source: Given = None
    medium: Given = None
    campaign: Given = None
    referrer: Given = None
    click_id: Given = None
    campaign_id: Given = None
    ad_network: Given = None

    @property
    def conditions(self) -> dict[str, Condition]:
        """The conditions by field."""
        stated = {name: getattr(self, name) for name in RULE_FIELDS}
        return {name: condition for name, condition in stated.items() if condition is not None}

    @model_validator(mode="wrap")
    @classmethod
    def _has_conditions(cls, declared: object, validate: ModelWrapValidatorHandler[Self]) -> Self:
        stated = not isinstance(declared, dict) or any(
            declared.get(name) is not None for name in RULE_FIELDS
        )
        return validated(declared, validate, [] if stated else [((), _NO_CONDITION)])


class ChannelRules(Declared):
    """Rules in their order, of which the first that fits gives the channel.

    Attributes:
        description: what the rules are, for people.
        version: date or number of the version of the rules.
        otherwise: the channel where no rule fits; None leaves it unknown.
        lists: lists of words by name.
        hosts: lists of hosts by name.
        rules: the rules.
    """

    description: Words | None = None
    version: Words | None = None
    otherwise: Words | None = None
    lists: dict[str, WordList] = Field(default_factory=dict)
    hosts: dict[str, HostList] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = Field(min_length=1, strict=False)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that any rule is about, in the order of ``RULE_FIELDS``."""
        used = {name for rule in self.rules for name in rule.conditions}
        return tuple(name for name in RULE_FIELDS if name in used)

    @model_validator(mode="after")
    def _lists_exist(self) -> Self:
        mistakes = list(_unknown_lists(self))
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return self


def _unknown_lists(rules: ChannelRules) -> Iterator[str]:
    for number, rule in enumerate(rules.rules, 1):
        for field, condition in rule.conditions.items():
            for part, names in (("lists", condition.lists), ("hosts", condition.hosts)):
                known = getattr(rules, part)
                for name in names:
                    if name not in known:
                        yield f"rules.{number}.{field}: {_not_listed(name, part, known)}"


def read_channel_rules(path: Path) -> ChannelRules:
    """Read a set of rules from a TOML file.

    Raises:
        InputError: it cannot be read, or has mistakes; the message names them all.
    """
    return read_declarations(path, ChannelRules, "file of channel rules", first=1)
