"""Fatigue of creatives that decay exponentially, made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from attrigraph.fatigue.creatives import CreativeFatigue, DaysRemaining, WeeklyLoss
from attrigraph.report.fatigue_page import FatigueReport

if TYPE_CHECKING:
    from collections.abc import Sequence

AS_OF = date(2026, 6, 1)
DAYS = DaysRemaining(10.0, 5.0, 20.0, capped=False)
LOSS = WeeklyLoss(100.0, 60.0, 140.0, "EUR", "cost")
NOT_KNOWN = WeeklyLoss(None, None, None, None, None)


def creative(name: str = "ad", loss: WeeklyLoss = LOSS, **changed: Any) -> CreativeFatigue:
    """A creative with R of 1 now and of a half in ten days."""
    made = CreativeFatigue(
        creative=name,
        fatigue_score=0.0,
        days_remaining=DAYS,
        decay_curve=tuple((0.5 ** (np.arange(3, 31, 3) / 10)).tolist()),
        confidence=0.5,
        p_tired_7d=0.3,
        loss_per_day=15.0,
        loss_per_week=loss,
        spill_per_week=12.0,
        element="hook",
        method="graph network",
        identified=True,
        reasons=(),
        run=None,
        as_of=AS_OF,
        audiences=(),
    )
    return replace(made, **changed)


def not_identified(name: str = "young", reason: str = "too-young") -> CreativeFatigue:
    """A creative of which the data cannot tell how long it lasts."""
    return creative(
        name,
        replace(LOSS, low=None, high=None),
        days_remaining=DaysRemaining(10.0, 0.0, 30.0, capped=False),
        confidence=0.0,
        p_tired_7d=None,
        identified=False,
        reasons=(reason,),
    )


def fatigue_report(creatives: Sequence[CreativeFatigue], **changed: Any) -> FatigueReport:
    """A report on creatives, in their order."""
    made = FatigueReport(
        creatives,
        AS_OF,
        "graph network",
        "EUR",
        not_live=3,
        errors={"graph network": 3.9, "shrunk exponential": 4.6},
        tested_campaigns=40,
        notes=("similar creatives are not linked; run `attrigraph similar link`",),
    )
    return replace(made, **changed)
