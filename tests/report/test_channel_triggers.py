"""The page of who makes touches of whom: a picture and all shares of each causal model."""

from __future__ import annotations

from attrigraph.domain import TriggeredShare
from attrigraph.report.channel_triggers import MAX_BANDS, render


def test_each_model_has_a_picture_and_all_its_shares() -> None:
    few = [
        TriggeredShare("search", "tv", 0.2, 0.1, 0.3),
        TriggeredShare(None, "a<b", 0.1, 0.0, 0.2),
    ]
    many = [TriggeredShare(f"c{n}", "tv", 0.5, 0.4, 0.6) for n in range(MAX_BANDS + 3)]
    page = render({"incremental": few, "attention": many}, "run-7")
    assert "Run run-7." in page
    assert page.count("<svg") == 2
    assert page.count("<path") == 2 + MAX_BANDS
    assert page.count("<tr><td>") == 2 + MAX_BANDS + 3
    assert "3 smaller shares in the table alone" in page
    assert "10% to 30%" in page
    assert "(unknown)" in page
    assert "a&lt;b" in page
    assert "a<b" not in page


def test_a_model_without_triggered_touches_says_so() -> None:
    page = render({"incremental": []}, "run-7")
    assert "No channel triggers touches of another one." in page
    assert "<svg" not in page
