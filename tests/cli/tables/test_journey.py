"""A journey in the terminal: whole at any width, and clear where credit is below zero."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from attrigraph.cli.tables.journey import show
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.services.explain import Explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]
    Drawn = Callable[..., str]

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
LONG = "a creative whose name is far too long to be shown with everything else"


def explanation(*credit: float, incremental: bool = True) -> Explanation:
    touches = tuple(
        Touchpoint(f"t{number}", "ada", NOON - timedelta(hours=30 * (len(credit) - number)),
                   channel="retargeting network", creative=LONG)
        for number in range(len(credit))
    )  # fmt: skip
    return Explanation(
        Conversion("c1", "ada", NOON, value=1234.5),
        "f" * 32,
        "incremental" if incremental else "linear",
        touches,
        credit,
        (0.0,) * len(credit),
        incremental,
        ("Nobody's touches change what others do.",) if incremental else (),
    )


@pytest.fixture
def drawn(in_terminal: Printed) -> Drawn:
    def draw(explained: Explanation, width: int = 80) -> str:
        return "\n".join(in_terminal(width, show, explained))

    return draw


@pytest.mark.parametrize("width", [72, 80, 120, 200])
def test_numbers_and_bars_are_whole_at_any_width(drawn: Drawn, width: int) -> None:
    lines = drawn(explanation(0.125, 0.25, 0.5), width).splitlines()
    assert max(map(len, lines)) <= width
    (longest,) = [line for line in lines if "50.0%" in line]
    assert longest.rstrip().endswith("617.25  " + "█" * 12)
    assert sum("█" in line for line in lines) == 4


@pytest.mark.parametrize("width", [30, 40, 60, 72, 80, 120])
def test_no_name_is_cut_however_narrow_the_terminal(drawn: Drawn, width: int) -> None:
    text = drawn(explanation(0.125, 0.25, 0.5), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    letters = "".join(text.split())
    if width < 80:  # each touch has lines of its own, in which a name has a line to itself
        assert letters.count(LONG.replace(" ", "")) == 3
    for number in ("12.5%", "25.0%", "50.0%", "154.31", "308.62", "617.25"):
        assert number in text


def test_in_a_pipe_every_touch_is_one_line_with_its_whole_names(in_pipe: Printed) -> None:
    lines = in_pipe(show, explanation(0.125, 0.25, 0.5))
    touches = [line for line in lines if LONG in line]
    assert [line.count("retargeting network") for line in touches] == [1, 1, 1]
    assert ["%" in line and "█" in line for line in touches] == [True] * 3


def test_creatives_and_campaigns_are_called_by_their_names(in_pipe: Printed) -> None:
    explained = explanation(0.5, 0.25)
    first, second = explained.touches
    touches = (replace(first, creative="7"), replace(second, creative=None, campaign="101"))
    names = {"creative": {"7": "Cat video"}, "campaign": {"101": "Brand"}}
    text = "\n".join(in_pipe(show, replace(explained, touches=touches, names=names)))
    assert "Cat video" in text
    assert "Brand" in text
    assert "101" not in text
    (known, other) = replace(explained, touches=touches, names=names).to_json()["touches"]
    assert (known["creative"], known["creative_name"]) == ("7", "Cat video")
    assert (other["campaign_name"], other["creative_name"]) == ("Brand", None)


def test_a_bar_is_as_long_as_its_part_of_the_largest(drawn: Drawn) -> None:
    lines = drawn(explanation(0.25, 0.5)).splitlines()
    half, whole = (next(line for line in lines if part in line) for part in ("308.62", "617.25"))
    assert (half.count("█"), whole.count("█")) == (6, 12)


def test_credit_below_zero_is_drawn_light_and_explained(drawn: Drawn) -> None:
    text = drawn(explanation(-0.2, 0.4))
    (line,) = [line for line in text.splitlines() if "-20.0%" in line]
    assert "▒" in line
    assert "█" not in line
    assert "made the conversion less likely" in text
    assert "baseline is below 0" not in text


def test_a_baseline_below_zero_is_explained(drawn: Drawn) -> None:
    assert "baseline is below 0" in drawn(explanation(0.7, 0.5))


def test_a_causal_model_states_its_assumptions_and_a_rule_that_it_is_not_causal(
    drawn: Drawn,
) -> None:
    text = drawn(explanation(0.5))
    assert "credit by incremental (incremental)" in text
    assert "incremental assumes: Nobody's touches" in text
    ruled = drawn(explanation(0.5, 0.5, incremental=False))
    assert "credit by linear (not incremental)" in ruled
    assert "they do not measure what marketing caused" in " ".join(ruled.split())


def test_a_conversion_without_a_touch_is_baseline(drawn: Drawn) -> None:
    text = drawn(explanation())
    assert "after 0 touches" in text
    assert "100.0%" in text


@pytest.mark.parametrize(
    ("seconds", "words"), [(100, "100 s"), (600, "10 min"), (10_000, "3 h"), (90_000, "25 h")]
)
def test_short_times_before_a_conversion_have_a_unit_that_fits(
    in_pipe: Printed, seconds: int, words: str
) -> None:
    explained = explanation(1.0)
    touch = replace(explained.touches[0], timestamp=NOON - timedelta(seconds=seconds))
    assert f" {words} " in "\n".join(in_pipe(show, replace(explained, touches=(touch,))))


def test_the_earlier_touches_of_a_long_journey_are_summed(in_pipe: Printed) -> None:
    credit = [0.001 * n for n in range(30)]
    long = explanation(*credit)
    lines = [line.split() for line in in_pipe(show, long, top=10)]
    (earlier,) = [line for line in lines if "earlier" in line]
    assert earlier[:3] == ["20", "earlier", "touches"]
    assert "19.0%" in earlier
    percents = [
        float(word[:-1]) for line in lines for word in line if re.fullmatch(r"-?[\d.]+%", word)
    ]
    assert len(percents) == 10 + 2
    assert sum(percents) == pytest.approx(100, abs=0.6)
    assert len(in_pipe(show, long)) == len(lines) + 20 - 1


def test_captured_parts_are_a_row_and_a_line_per_touch(in_pipe: Printed) -> None:
    plain = explanation(0.25, 0.0, 0.0)
    lines = in_pipe(show, replace(plain, captured=(0.0, 0.375, 0.125)))
    rows = {line.split()[0]: line.split() for line in lines if line.split()[:1] and "%" in line}
    assert rows["captured"][1:3] == ["50.0%", "617.25"]
    assert rows["baseline"][1:3] == ["25.0%", "308.62"]
    notes = [line for line in lines if "captured by retargeting network, " in line]
    assert [note.split(": ")[0] for note in notes] == [
        "37.5% captured by retargeting network, 2 d before the conversion",
        "12.5% captured by retargeting network, 30 h before the conversion",
    ]
    assert not any("captured" in line for line in in_pipe(show, plain))


def test_channels_of_the_journey_that_are_not_identified_have_their_reasons(
    in_pipe: Printed,
) -> None:
    unsure = replace(explanation(0.25), not_identified={None: ("collinear", "few-conversions")})
    reasons = [line for line in in_pipe(show, unsure) if line.startswith("not identified: ")]
    assert reasons[0].startswith("not identified: (unknown) almost always runs together")
    assert reasons[1].startswith("not identified: too few people bought after they saw (unknown)")


def test_json_has_captured_parts_and_reasons() -> None:
    found = replace(
        explanation(0.25, 0.5), captured=(0.0, 0.125), not_identified={"tv": ("collinear",)}
    ).to_json()
    assert [touch["captured"] for touch in found["touches"]] == [0.0, 0.125]
    assert found["baseline"] == 0.125
    assert found["not_identified"] == [{"channel": "tv", "reasons": ["collinear"]}]
    rule = explanation(0.5, incremental=False).to_json()
    assert "not_identified" not in rule
    assert "captured" not in rule["touches"][0]
