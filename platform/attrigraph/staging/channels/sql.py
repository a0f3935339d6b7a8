"""Channel rules as SQL: the number of the first rule that fits texts of an event's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrigraph.staging.channels.hosts import excluded_pattern_of, pattern_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attrigraph.staging.channels.rule_set import ChannelRules, Condition

    Parameter = Callable[[object], str]


def compared(text: str) -> str:
    """SQL of text in the form in which rules compare it; empty where it is missing."""
    return f"lower(trim(coalesce({text}, '')))"


def rule_number(rules: ChannelRules, parameter: Parameter) -> str:
    """SQL of the number of the first rule that fits, from 1, and 0 where none does.

    Args:
        rules: the rules; columns of the names of ``rules.fields`` hold the texts as ``compared``.
        parameter: makes a value a parameter and returns the SQL that names it.
    """
    cases = (
        f"WHEN {_all(_fits(rules, name, condition, parameter) for name, condition in stated)} "
        f"THEN {number}"
        for number, stated in enumerate((rule.conditions.items() for rule in rules.rules), 1)
    )
    return f"CASE {' '.join(cases)} ELSE 0 END"


def channel_of(rules: ChannelRules, number: str, parameter: Parameter) -> str:
    """SQL of the channel of the rule of a number."""
    channels = parameter([rules.otherwise, *(rule.channel for rule in rules.rules)])
    return f"({channels}::VARCHAR[])[{number} + 1]"


def _fits(rules: ChannelRules, column: str, condition: Condition, parameter: Parameter) -> str:
    """SQL of whether a condition fits; never NULL."""
    text = f'"{column}"'
    return f"({' OR '.join(_settings(rules, text, condition, parameter))})"


def _settings(
    rules: ChannelRules, text: str, condition: Condition, parameter: Parameter
) -> Iterator[str]:
    words = [*condition.words, *(word for name in condition.lists for word in rules.lists[name])]
    if words:
        yield _is_one_of(text, words, parameter)
    for name in condition.hosts:
        yield is_host_of(text, rules.hosts[name], parameter)
    if condition.matches is not None:
        yield f"regexp_full_match({text}, {parameter(condition.matches)}, 'i')"
    if condition.partially_matches is not None:
        yield f"regexp_matches({text}, {parameter(condition.partially_matches)}, 'i')"


def _is_one_of(text: str, words: list[str], parameter: Parameter) -> str:
    given = parameter([word.strip(" ").lower() for word in words])
    return f"list_contains({given}::VARCHAR[], {text})"


def is_host_of(text: str, entries: tuple[str, ...], parameter: Parameter) -> str:
    """SQL of whether text is in a list of hosts; never NULL."""
    parts = []
    if words := words_of(entries):
        parts.append(_is_one_of(text, list(words), parameter))
    if pattern := pattern_of(entries):
        parts.append(f"regexp_matches({text}, {parameter(pattern)})")
    fits = f"({' OR '.join(parts) or 'false'})"
    if excluded := excluded_pattern_of(entries):
        return f"({fits} AND NOT regexp_matches({text}, {parameter(excluded)}))"
    return fits


def _all(conditions: Iterator[str]) -> str:
    return " AND ".join(conditions)
