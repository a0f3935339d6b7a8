"""Robustness as JSON: it comes back as it was."""

from __future__ import annotations

import json

from attrigraph.domain import Robustness, RobustnessCheck


def test_robustness_comes_back_from_json() -> None:
    checks = (
        RobustnessCheck("10% of touches lost", "email", "radio", 0.9),
        RobustnessCheck("only the last 30 days", failure="too few conversions"),
    )
    robustness = Robustness("incremental", True, "email", "radio", checks, "it holds")
    assert Robustness.from_json(json.loads(json.dumps(robustness.to_json()))) == robustness
