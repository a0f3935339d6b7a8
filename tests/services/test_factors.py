"""Factors of a small shop: credit by hand over what platforms claim."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from rich.console import Console

from attrigraph.cli.main import cli
from attrigraph.cli.tables.factors import show
from attrigraph.errors import InputError
from attrigraph.services.factors import FactorOptions, factors_from_files
from attrigraph.spend.factors import SEVERAL
from attrigraph.spend.rates import Rates
from attrigraph.staging import StagingOptions, preset
from spend_sample import CLAIMS, EVENTS

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.spend.factors import Factors

OPTIONS = FactorOptions("linear", "EUR", Rates.of([("USD", None, 0.9)]))


def factors(folder: Path, claims: str, options: FactorOptions = OPTIONS) -> Factors:
    (folder / "events.csv").write_text(EVENTS)
    (folder / "claims.csv").write_text(claims)
    return factors_from_files(
        [folder / "events.csv", folder / "claims.csv"],
        preset("events", "claims"),
        options,
        staging=StagingOptions(keep_ids=True),
        folder=folder / "staging",
    )


def row(found: Factors, level: str, key: str, platform: str) -> Any:
    (one,) = [r for r in found.rows if (r.level, r.key, r.platform) == (level, key, platform)]
    return one


def of_google() -> str:
    return "".join(line for line in CLAIMS.splitlines(keepends=True) if "meta" not in line)


def test_a_factor_is_credit_over_claims_of_one_platform(tmp_path: Path) -> None:
    found = factors(tmp_path, of_google())
    brand = row(found, "campaign", "101", "google")
    assert (brand.claimed, brand.claimed_value) == (4.0, 400.0)
    assert brand.factor == pytest.approx(1.5 / 4)
    assert brand.value_factor == pytest.approx(130 / 400)
    assert brand.factor_low <= brand.factor <= brand.factor_high
    assert row(found, "channel", "search", "google").factor == pytest.approx(2.5 / 4)
    assert found.currency == "EUR"
    assert found.total_claimed() == 4.0


def test_campaigns_have_their_names(tmp_path: Path) -> None:
    found = factors(tmp_path, of_google())
    assert found.names == {"101": "Brand"}
    assert found.to_json()["names"] == {"101": "Brand"}
    screen = io.StringIO()
    show(found, console=Console(file=screen, width=100))
    assert "\nBrand " in screen.getvalue()
    assert "\n101 " not in screen.getvalue()


def test_claims_of_several_platforms_are_never_added_up(tmp_path: Path) -> None:
    found = factors(tmp_path, CLAIMS)
    for platform, claimed in (("google", 4.0), ("meta", 1.0)):
        brand = row(found, "campaign", "101", platform)
        assert (brand.claimed, brand.factor, brand.reason) == (claimed, None, SEVERAL)
    spring = row(found, "campaign", "spring_sale", "meta")
    assert spring.factor == pytest.approx(0.5 / 2)
    with pytest.raises(InputError, match="claims of google and meta cannot be added up"):
        found.total_claimed()


def test_claims_for_a_part_of_the_touches_give_no_factor(tmp_path: Path) -> None:
    lines = of_google().splitlines(keepends=True)
    found = factors(tmp_path, "".join(lines[:2]))
    brand = row(found, "campaign", "101", "google")
    assert (brand.factor, brand.reason) == (None, "the claims cover 50% of its touches")


def test_no_claims_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no claims of platforms; load or name"):
        factors(tmp_path, CLAIMS.splitlines(keepends=True)[0])


def test_the_command_writes_a_table(tmp_path: Path) -> None:
    factors(tmp_path, of_google())
    out = tmp_path / "factors.csv"
    arguments = [
        "factors", str(tmp_path / "events.csv"), "--preset", "events", "--model", "linear",
        "--claims", str(tmp_path / "claims.csv"), "--out", str(out), "--total",
    ]  # fmt: skip
    printed = CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout
    assert "claimed in all: 4.0" in printed
    rows = list(csv.DictReader(out.read_text().splitlines()))
    assert [(r["level"], r["key"], r["factor"], r["currency"]) for r in rows] == [
        ("channel", "search", "0.625", "EUR"),
        ("campaign", "101", "0.375", "EUR"),
    ]
