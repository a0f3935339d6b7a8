from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from attrigraph.cli import attribute, channels, load
from attrigraph.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

ROWS = """customer_id,timestamp,kind,utm_source,utm_medium,channel
a,2026-03-01T12:00:00Z,visit,google,cpc,
a,2026-03-02T12:00:00Z,visit,www.google.co.uk,referral,
a,2026-03-03T12:00:00Z,visit,loft\x1b,pigeon,
a,2026-03-04T12:00:00Z,visit,,,own
a,2026-03-05T12:00:00Z,visit,,,
a,2026-03-06T12:00:00Z,conversion,,,
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def run(file: Path, *more: str) -> Any:
    arguments = [str(file), "--preset", "events", *more]
    return CliRunner().invoke(channels.command, arguments, catch_exceptions=False)


def test_rules_and_what_no_rule_fits_are_tables(file: Path) -> None:
    lines = [" ".join(line.split()) for line in run(file).stdout.splitlines()]
    assert lines[0] == "attrigraph's own channels"
    for line in (
        "11 paid search: google / cpc 1",
        "20 referral: www.google.co.uk / referral 1",
        "19 rules that fit no touch; --all shows each",
        "1 touch that no rule fits: (unknown)",
        r"loft\x1b / pigeon 1",
        "1 touch with a channel that the file names",
        "1 touch with neither a channel nor a source",
    ):
        assert line in lines, line


def test_all_shows_rules_that_fit_no_touch_and_top_hides_others(file: Path) -> None:
    every = run(file, "--all").stdout
    assert "21 direct" in every
    assert "that fit no touch" not in every
    assert "1 more row; --all shows each" in run(file, "--top", "1").stdout


def test_json_has_every_rule(file: Path) -> None:
    report = json.loads(run(file, "--channel-rules", "ga4", "--json").stdout)
    assert (report["touches"], report["named"], report["unknown"]) == (5, 1, 1)
    (rules,) = report["rule_sets"]
    assert rules["description"] == "GA4's default channel group"
    assert len(rules["rules"]) == 33
    assert rules["unmatched"] == [{"source": "loft\x1b", "medium": "pigeon", "touches": 1}]


def test_rules_of_ones_own_are_used_by_every_command(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        'otherwise = "rest"\n[[rules]]\nchannel = "G"\nsource = { matches = ".*google.*" }\n'
    )
    option = ("--channel-rules", str(path))
    report = json.loads(run(file, *option, "--json").stdout)
    assert report["rule_sets"][0]["rules"][0]["touches"] == 2
    arguments = ["--preset", "events", "--json", *option]
    credited = CliRunner().invoke(
        attribute.command,
        ["--input", str(file), "--models", "linear", *arguments],
        catch_exceptions=False,
    )
    credits = json.loads(credited.stdout)["models"]["linear"]["credits"]
    assert {credit["key"] for credit in credits} == {"G", "rest", "own", None}
    loaded = CliRunner().invoke(
        load.command,
        [str(file), "--dry-run", "--home", str(tmp_path / "home"), *arguments],
        catch_exceptions=False,
    )
    assert json.loads(loaded.stdout)["rows"]["channels"] == 3


def test_options_without_effect_and_unknown_rules_are_errors(file: Path) -> None:
    with pytest.raises(InputError, match="--all is for the table; --json has every row"):
        run(file, "--all", "--json")
    with pytest.raises(InputError, match="the channel rules must be classic or ga4 or"):
        run(file, "--channel-rules", "ga5")
    with pytest.raises(InputError, match="--channel-rules is for files; name them with --input"):
        CliRunner().invoke(attribute.command, ["--channel-rules", "ga4"], catch_exceptions=False)


def test_a_file_of_rules_is_not_replaced_by_rejected_rows(file: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text('[[rules]]\nchannel = "a"\nmedium = "cpc"\n')
    options = ["--preset", "events", "--channel-rules", str(rules), "--rejects", str(rules)]
    home = ["--home", str(tmp_path / "home")]
    for command, arguments in (
        (attribute.command, ["--input", str(file)]),
        (load.command, [str(file), "--dry-run", *home]),
    ):
        with pytest.raises(InputError, match="is an input file, and would be replaced"):
            CliRunner().invoke(command, [*arguments, *options], catch_exceptions=False)
