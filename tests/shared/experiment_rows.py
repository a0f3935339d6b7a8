"""Rows of experiments, which the reader of one file and the loader must read alike."""

from __future__ import annotations

from datetime import date
from typing import Final

from attrigraph.domain import Experiment

HEAD: Final = "channel,lift,standard_error,start,end\n"
"""The columns without which there is no experiment."""

EMAIL_ROW: Final = "email,40,4,2026-06-01,2026-06-10\n"

EMAIL: Final = Experiment(
    id="email 2026-06-01..2026-06-10",
    channel="email",
    lift=40.0,
    standard_error=4.0,
    start=date(2026, 6, 1),
    end=date(2026, 6, 10),
)
"""``EMAIL_ROW`` as an experiment."""

GEO_ROW: Final = "e1,geo,,spring,-3,4,2026-06-01,2026-06-10,1200.5,EUR,40000,agency\n"

GEO: Final = Experiment(
    id="e1",
    kind="geo",
    campaign="spring",
    lift=-3.0,
    standard_error=4.0,
    start=date(2026, 6, 1),
    end=date(2026, 6, 10),
    spend=1200.5,
    currency="EUR",
    population=40_000,
    source="agency",
)
"""``GEO_ROW`` as an experiment."""


def full_header(campaign: str) -> str:
    """All columns, with this name for the campaign."""
    return (
        f"id,kind,channel,{campaign},lift,standard_error,start,end,spend,currency,population,"
        "source\n"
    )
