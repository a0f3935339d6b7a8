from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest
from rich.console import Console

from attrigraph.cli.tables.budget import show_plan, show_verification
from attrigraph.errors import InputError
from attrigraph.planning.allocate import allocate
from attrigraph.planning.plan_json import plan_json
from attrigraph.planning.verify import verify
from attrigraph.report.plan_page import render
from attrigraph.services.borrowed_curves import borrowed_curves, with_borrowed_curves
from lent_curves import lent_curves

if TYPE_CHECKING:
    from attrigraph.planning.measured_curves import MeasuredCurve

PERIOD = date(2026, 2, 1), date(2026, 2, 28)


def spread(curve: MeasuredCurve) -> float:
    """Length of the 90 % interval of the value of the spend, as a logarithm."""
    low, high = np.percentile(curve.draws[:, curve.one], [5, 95])
    return float(np.log(high / low))


def test_returns_are_borrowed_from_campaigns_of_the_theme() -> None:
    errors, common_errors = [], []
    for seed in range(8):
        curves, texts, true = lent_curves(seed=seed)
        made = borrowed_curves(curves, texts)
        lenders = curves.curves[:21]
        mean = np.mean([np.log(one.curve.now / one.curve.spend) for one in lenders])
        for one in made.curves[21:]:
            own = np.log(np.median(one.curve.draws[:, one.curve.one]) / one.curve.spend)
            errors.append(own - np.log(true[one.curve.id]))
            common_errors.append(mean - np.log(true[one.curve.id]))
            assert spread(one.curve) > 0.99 * np.mean([spread(own.curve) for own in lenders])
    assert np.std(errors) < 0.5 * np.std(common_errors)


def test_measured_curves_and_those_without_a_vector_stay() -> None:
    curves, texts, _ = lent_curves()
    del texts["c23"]
    made = borrowed_curves(curves, texts)
    for number, (one, other) in enumerate(zip(made.curves, curves.curves, strict=True)):
        assert (one is other or one.curve is other.curve) == (number not in (21, 22))
        assert (one.curve.borrowed is not None) == (number in (21, 22))
        assert one.curve.identified == (number < 21)
    known = curves.curves[:21]
    nothing = borrowed_curves(lent_curves(n_unknown=0)[0], texts)
    assert len(nothing.curves) == len(known)
    assert all(one.curve.borrowed is None for one in nothing.curves)


def test_a_plan_states_what_it_borrows_everywhere() -> None:
    curves, texts, _ = lent_curves()
    made = borrowed_curves(curves, texts)
    plan = allocate(made.request(*PERIOD, 3_000.0))
    assert set(plan.borrowed) == {"c21", "c22", "c23"}
    lenders = plan.borrowed["c21"].campaigns
    assert {int(name[1:]) % 3 for name in lenders} == {0}
    assert {own.campaign for own in plan.without_evidence} == set(plan.borrowed)
    stored = json.loads(json.dumps(plan_json(plan)))
    by_id = {own["campaign"]: own["borrowed"] for own in stored["allocations"]}
    assert by_id["c00"] is None
    assert by_id["c21"]["campaigns"] == list(lenders)
    found = verify(stored)
    assert found.is_best
    assert found.borrowed["c21"] == lenders
    for own in stored["allocations"]:
        del own["borrowed"]
    assert verify(stored).borrowed == {}
    console = Console(record=True, width=10_000)
    show_plan(plan, console=console)
    show_verification(found, console=console)
    shown = console.export_text()
    assert (
        f"The curve of c21 is borrowed, as the data do not show what it brings: from {lenders[0]} ("
        in shown
    )
    assert "nothing was measured of what it brings, and the proof holds by these curves" in shown
    page = render(plan, source="the graph", written=datetime(2026, 1, 31, tzinfo=UTC))
    assert "Borrowed curves" in page
    assert page.count('<span class="open">borrowed</span>') >= 1
    assert "Borrowed curves" not in render(
        allocate(curves.request(*PERIOD, 3_000.0)),
        source="the graph",
        written=datetime(2026, 1, 31, tzinfo=UTC),
    )


def test_a_borrowed_return_is_not_drawn_to_the_others_a_second_time() -> None:
    curves, texts, _ = lent_curves()
    made = borrowed_curves(curves, texts)
    request = made.request(date(2026, 1, 1), date(2026, 1, 31), 1_000.0)
    for one, campaign in zip(made.curves, request.campaigns, strict=True):
        assert campaign.response is not None
        if one.curve.borrowed is not None:
            planned = campaign.response.value(np.array([one.curve.spend]))
            assert planned[0] == pytest.approx(one.curve.now)


def test_borrowing_needs_lenders_and_campaigns() -> None:
    few, texts, _ = lent_curves(n_known=9)
    with pytest.raises(
        InputError,
        match="return that is identified, and there are 9",
    ):
        borrowed_curves(few, texts)
    channels, _, _ = lent_curves(by="channel")
    with pytest.raises(InputError, match="borrowed among campaigns"):
        with_borrowed_curves(None, channels)  # type: ignore[arg-type]
