"""Use case of channel rules: which rule gives which channel to the touches of files."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from attrigraph.runs.progress import ignore
from attrigraph.staging import stage
from attrigraph.staging.taken import log_and_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from attrigraph.runs.progress import Progress
    from attrigraph.staging import Source, StagingOptions
    from attrigraph.staging.channels import ChannelRules
    from attrigraph.staging.channels.use import ChannelUse

N_EXAMPLES: Final = 3
"""Sources and media that are named as examples of a rule."""


@dataclass(frozen=True, slots=True)
class SourceMedium:
    """A source and medium in small letters, empty where missing, and their touches."""

    source: str
    medium: str
    touches: int


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule and the touches that have their channel by it.

    Attributes:
        rule: number of the rule, from 1.
        channel: the channel that it gives, after value mappings; a rule with several has one entry
            for each.
        touches: how many.
        examples: the sources and media of most of them, at most ``N_EXAMPLES``.
    """

    rule: int
    channel: str | None
    touches: int
    examples: tuple[SourceMedium, ...]


@dataclass(frozen=True, slots=True)
class RuleSetUse:
    """A set of rules and what it gave.

    Attributes:
        description: what the rules are; None if their file does not state it.
        version: of the rules.
        otherwise: the channel where no rule fits; None where it stays unknown.
        rules: the rules in their order, including those that fit no touch.
        unmatched: sources and media that no rule fits, those of most touches first.
    """

    description: str | None
    version: str | None
    otherwise: str | None
    rules: tuple[RuleUse, ...]
    unmatched: tuple[SourceMedium, ...]


@dataclass(frozen=True, slots=True)
class ChannelReport:
    """Where the channels of touches come from.

    Attributes:
        touches: all touches that were taken.
        named: touches whose channel the file names.
        unknown: touches with neither a channel nor a source.
        rule_sets: the sets of rules that were applied, of which each file has one.
        excluded: sources and media of touches whose referral is no source, from an own domain or a
            payment provider; their channel is unknown.
    """

    touches: int
    named: int
    unknown: int
    rule_sets: tuple[RuleSetUse, ...]
    excluded: tuple[SourceMedium, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


def channel_report(
    files: Sequence[Path],
    source: Source,
    *,
    staging: StagingOptions,
    folder: Path,
    progress: Progress = ignore,
) -> ChannelReport:
    """Count the touches of files by the channel rule that gives their channel.

    Args:
        files: see ``attrigraph.staging.stage``.
        source: what they hold.
        staging: how to read the files.
        folder: where rows are staged; they are removed at the end.
        progress: called as rows are read.

    Raises:
        InputError: a file or an option is not what was expected; no row was taken, or more were
            rejected than ``staging`` allows.
    """

    def on_rows(rows: int) -> None:
        progress("read", rows, None)

    with stage(files, source, staging, folder=folder, on_rows=on_rows) as staged:
        progress("read", staged.counts.read, staged.counts.read)
        log_and_check(staged, staging.max_rejected)
        return _report(list(staged.channel_use()))


def _report(uses: list[ChannelUse]) -> ChannelReport:
    excluded = [use for use in uses if use.excluded]
    plain = [use for use in uses if use.rule is None and not use.excluded]
    return ChannelReport(
        sum(use.touches for use in uses),
        sum(use.touches for use in plain if use.channel is not None),
        sum(use.touches for use in plain if use.channel is None),
        tuple(
            _rule_set(rules, [use for use in uses if use.rules is rules])
            for rules in {id(use.rules): use.rules for use in uses}.values()
            if rules is not None
        ),
        _pairs(excluded),
    )


def _rule_set(rules: ChannelRules, uses: list[ChannelUse]) -> RuleSetUse:
    by_rule = defaultdict(list)
    for use in uses:
        by_rule[use.rule].append(use)
    return RuleSetUse(
        rules.description,
        rules.version,
        rules.otherwise,
        tuple(
            entry
            for number, rule in enumerate(rules.rules, 1)
            for entry in _rule_uses(number, rule.channel, by_rule[number])
        ),
        _pairs(by_rule[0]),
    )


def _rule_uses(number: int, channel: str, uses: list[ChannelUse]) -> list[RuleUse]:
    if not uses:
        return [RuleUse(number, channel, 0, ())]
    by_channel = defaultdict(list)
    for use in uses:
        by_channel[use.channel].append(use)
    return [
        RuleUse(number, name, sum(use.touches for use in same), _pairs(same)[:N_EXAMPLES])
        for name, same in by_channel.items()
    ]


def _pairs(uses: Iterable[ChannelUse]) -> tuple[SourceMedium, ...]:
    """Sources and media with their touches over all files, the largest first."""
    touches: Counter[tuple[str, str]] = Counter()
    for use in uses:
        touches[use.source or "", use.medium or ""] += use.touches
    ordered = sorted(touches.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(SourceMedium(*pair, count) for pair, count in ordered)
