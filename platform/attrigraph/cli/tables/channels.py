"""Which channel rule gives which channel, as tables for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attrigraph.cli.tables.fitted import Column, print_sentence, show_table
from attrigraph.domain import UNKNOWN
from attrigraph.quantities import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from attrigraph.services.channels import ChannelReport, RuleSetUse, RuleUse, SourceMedium

EXCLUDED: Final = (
    "with a referral from an own domain or a payment provider, which is no source: (unknown)"
)


def show(report: ChannelReport, *, console: Console, top: int | None = None) -> None:
    """Print the rules that gave channels, and the sources and media that gave none.

    Args:
        report: what to show.
        console: what to print on.
        top: rows of each table; None for all, with those of rules that fit no touch.
    """
    for rule_set in report.rule_sets:
        print_sentence(_title(rule_set), console=console)
        _show_rules(rule_set, console, top)
        if rule_set.unmatched:
            _show_unmatched(rule_set, console, top)
    if report.excluded:
        _show_pairs(EXCLUDED, report.excluded, console, top)
    for line in _others(report):
        print_sentence(line, console=console)


def _title(rule_set: RuleSetUse) -> str:
    name = rule_set.description or "channel rules"
    return name if rule_set.version is None else f"{name}, version {rule_set.version}"


def _show_rules(rule_set: RuleSetUse, console: Console, top: int | None) -> None:
    used = [use for use in rule_set.rules if use.touches or top is None]
    shown = used[:top]
    if shown:
        names = Column("rule", [_rule(use) for use in shown])
        columns = [Column("touches", [f"{use.touches:,}" for use in shown])]
        show_table(names, columns, console=console)
        console.print()
    _note_hidden(len(used) - len(shown), console)
    unused = len(rule_set.rules) - len(used)
    if unused:
        which = "rule that fits" if unused == 1 else "rules that fit"
        print_sentence(f"{unused:,} {which} no touch; --all shows each", console=console)


def _show_unmatched(rule_set: RuleSetUse, console: Console, top: int | None) -> None:
    what = f"that no rule fits: {rule_set.otherwise or UNKNOWN}"
    _show_pairs(what, rule_set.unmatched, console, top)


def _show_pairs(
    what: str, pairs: Sequence[SourceMedium], console: Console, top: int | None
) -> None:
    number = sum(pair.touches for pair in pairs)
    print_sentence(f"{counted(number, 'touch')} {what}", console=console)
    shown = pairs[:top]
    names = Column("source / medium", [_pair(pair) for pair in shown])
    show_table(names, [Column("touches", [f"{p.touches:,}" for p in shown])], console=console)
    console.print()
    _note_hidden(len(pairs) - len(shown), console)


def _note_hidden(hidden: int, console: Console) -> None:
    if hidden:
        print_sentence(f"{counted(hidden, 'more row')}; --all shows each", console=console)


def _others(report: ChannelReport) -> list[str]:
    lines = []
    if report.named:
        lines.append(f"{counted(report.named, 'touch')} with a channel that the file names")
    if report.unknown:
        lines.append(f"{counted(report.unknown, 'touch')} with neither a channel nor a source")
    return lines or ([] if report.touches else ["the files have no touches"])


def _rule(use: RuleUse) -> str:
    """Number, channel and examples of a rule; names fold where a terminal is narrow."""
    name = f"{use.rule} {use.channel or UNKNOWN}"
    return f"{name}: {', '.join(map(_pair, use.examples))}" if use.examples else name


def _pair(pair: SourceMedium) -> str:
    return f"{pair.source or '(none)'} / {pair.medium or '(none)'}"
