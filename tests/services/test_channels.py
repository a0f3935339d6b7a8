from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.errors import InputError
from attrigraph.services.channels import RuleUse, SourceMedium, channel_report
from attrigraph.staging import StagingOptions, preset, read_mapping
from attrigraph.staging.channels import built_in_rules

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.services.channels import ChannelReport
    from attrigraph.staging import Source

HEAD = "customer_id,timestamp,kind,channel,utm_source,utm_medium\n"
DAY = "a,2026-03-{day:02}T12:00:00Z,{rest}\n"
ROWS = (
    *("visit,,google,cpc", "visit,,GOOGLE,CPC", "visit,,bing,cpc", "visit,,yahoo,cpc"),
    *("visit,,naver,cpc", "visit,,loft,pigeon", "visit,,loft,pigeon", "visit,,attic,"),
    *("visit,own,loft,pigeon", "visit,,,", "conversion,,google,cpc", "stroll,,google,cpc"),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    lines = (DAY.format(day=day, rest=rest) for day, rest in enumerate(ROWS, 1))
    path.write_text(HEAD + "".join(lines), encoding="utf-8")
    return path


def report_on(file: Path, *others: Path, source: Source | None = None) -> ChannelReport:
    staging = StagingOptions(keep_ids=True, channel_rules=None if source else built_in_rules("ga4"))
    return channel_report(
        (file, *others),
        source or preset("events"),
        staging=staging,
        folder=file.parent / "staging",
    )


def test_touches_are_counted_by_rule_with_examples_and_what_no_rule_fits(file: Path) -> None:
    report = report_on(file)
    assert (report.touches, report.named, report.unknown) == (10, 1, 1)
    (rules,) = report.rule_sets
    assert (rules.version, rules.otherwise) == ("2026-05-13", "Unassigned")
    assert [use for use in rules.rules if use.touches] == [
        RuleUse(
            10,
            "Paid Search",
            5,
            (
                SourceMedium("google", "cpc", 2),
                SourceMedium("bing", "cpc", 1),
                SourceMedium("naver", "cpc", 1),
            ),
        )
    ]
    assert [use.rule for use in rules.rules] == list(range(1, 34))
    assert rules.unmatched == (SourceMedium("loft", "pigeon", 2), SourceMedium("attic", "", 1))
    n_touches = sum(use.touches for use in rules.rules) + 3
    assert n_touches + report.named + report.unknown == report.touches


def test_channels_are_those_after_value_mappings_and_rules_those_of_each_file(
    file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text(HEAD + DAY.format(day=1, rest="visit,,google,cpc"), encoding="utf-8")
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[[tables]]\nrows = "events"\nfiles = "events.csv"\n'
        '[[tables]]\nrows = "events"\nfiles = "other.csv"\nchannel_rules = "ga4"\n'
        '[tables.values.channel]\n"Paid Search" = "SEA"\n'
    )
    classic, ga4 = report_on(file, other, source=read_mapping(mapping)).rule_sets
    used = [
        [(use.rule, use.channel, use.touches) for use in rules.rules if use.touches]
        for rules in (classic, ga4)
    ]
    assert used == [[(11, "paid search", 5)], [(10, "SEA", 1)]]


def test_visits_of_one_session_are_counted_once(file: Path) -> None:
    visits = [(0, "google,cpc"), (5, ","), (10, ",")]
    lines = [f"z,2026-04-01T12:{minute:02}:00Z,visit,,{rest}\n" for minute, rest in visits]
    file.write_text(HEAD + "".join(lines), encoding="utf-8")
    staging = StagingOptions(keep_ids=True, sessions=True)
    report = channel_report(
        (file,), preset("events"), staging=staging, folder=file.parent / "staging"
    )
    assert (report.touches, report.unknown) == (1, 0)
    assert [use.rule for use in report.rule_sets[0].rules if use.touches] == [11]


def test_paths_have_no_rules(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("path,total_conversions\na > b,1\n", encoding="utf-8")
    report = channel_report(
        (path,),
        preset("paths"),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staging",
    )
    assert (report.touches, report.rule_sets) == (0, ())


def test_files_of_which_nothing_is_taken_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "e.csv"
    path.write_text(HEAD + DAY.format(day=1, rest="stroll,,google,cpc"), encoding="utf-8")
    with pytest.raises(InputError, match="rejected rows: 1 of 1"):
        report_on(path)
