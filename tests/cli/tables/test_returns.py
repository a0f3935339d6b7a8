"""The table of cost and return names the model of each column where there are several."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from attrigraph.cli.tables.returns import show
from attrigraph.domain import Amount, Attribution, Credit, ModelCredits, Observed
from attrigraph.domain.returns import Return, SpendLine, SpendSummary

RETURN = Return(
    cost=10.0,
    cost_coverage=1.0,
    roas=2.0,
    roas_low=1.0,
    roas_high=3.0,
    cost_per_conversion=5.0,
    share_of_credit=1.0,
    share_of_spend=1.0,
)


def blocks(names: list[str], width: int) -> list[list[str]]:
    """The lines of the heading of each block of the table."""
    credit = Credit("search", 2.0, 20.0, returns=RETURN)
    models = {name: ModelCredits(name, False, Amount(0.0, 0.0), (credit,)) for name in names}
    screen = io.StringIO()
    answer = Attribution("channel", Observed(2, 2, 20.0), models)
    show(answer, console=Console(file=screen, width=width))
    lines = screen.getvalue().splitlines()[1:]
    rules = [number for number, line in enumerate(lines) if line.startswith("─")]
    starts = [0, *(number + 2 for number in rules)]
    return [
        [line for line in lines[start:rule] if line]
        for start, rule in zip(starts, rules, strict=False)
    ]


def test_columns_of_one_model_need_no_name() -> None:
    ((heading,),) = blocks(["linear"], 200)
    assert heading.count("linear") == 1


@pytest.mark.parametrize("width", [200, 60, 30])
def test_columns_of_several_models_name_theirs(width: int) -> None:
    found = blocks(["linear", "last"], width)
    named = " ".join(block[0] for block in found if len(block) == 2)
    assert named.split() == ["linear"] * 3
    heads = " ".join(block[-1] for block in found)
    for name in ("ROAS, linear", "90 % interval", "per conversion", "of credit", "ROAS, last"):
        assert name in heads
    assert heads.index("of credit") < heads.index("ROAS, last")


def test_names_that_several_campaigns_have_are_told_apart_by_their_ids() -> None:
    credit = Credit("b1", 2.0, 20.0, returns=RETURN)
    model = ModelCredits("linear", False, Amount(0.0, 0.0), (credit,))
    lines = [
        SpendLine(cost, platform, campaign=campaign, campaign_name="Brand")
        for cost, platform, campaign in (
            (5.0, "google", "b3"),
            (6.0, "google", "b4"),
            (7.0, "x", "b5"),
        )
    ]
    answer = Attribution(
        "campaign",
        Observed(2, 2, 20.0),
        {"linear": model},
        spend_summary=SpendSummary(None, None, 28.0, tuple(lines), without_spend=(("b2", 1),)),
        names={"b1": "Brand", "b2": "Brand"},
    )
    screen = io.StringIO()
    show(answer, console=Console(file=screen, width=200))
    shown = screen.getvalue()
    assert "touches without spend: Brand (b2) (1)\n" in shown
    without = "google Brand (b3) (5.00), google Brand (b4) (6.00), x Brand (7.00)"
    assert f"spend without touches: {without}\n" in shown
