"""``attrigraph fatigue report`` writes one page, and no score."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from attrigraph.cli.main import cli
from creative_fatigues import AS_OF, creative

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_the_page_is_of_the_options_and_nothing_is_written_into_the_graph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def score(stores: object, **options: Any) -> SimpleNamespace:
        asked.update(options)
        return SimpleNamespace(
            creatives=(creative("a"),), as_of=AS_OF, method="graph network", currency="EUR",
            not_live=0, notes=(),
        )  # fmt: skip

    trained = SimpleNamespace(errors={"graph network": 3.9}, calibration_campaigns=40)
    monkeypatch.setattr("attrigraph.bootstrap.open_stores", lambda settings: nullcontext())
    monkeypatch.setattr("attrigraph.services.fatigue_job.score_creatives", score)
    monkeypatch.setattr(
        "attrigraph.services.fatigue_model.read_fatigue_model", lambda stores: trained
    )
    out = tmp_path / "page.html"
    arguments = ["--out", str(out), "--as-of", "2026-06-01", "--value-per-click", "0.5"]
    ended = CliRunner().invoke(cli, ["fatigue", "report", *arguments], catch_exceptions=False)
    assert ended.exit_code == 0
    assert ended.output == f"{out}\n"
    assert asked == {
        "as_of": AS_OF,
        "value_per_click": 0.5,
        "planned": None,
        "write": False,
    }
    assert "most urgent creative, a" in out.read_text(encoding="utf-8")
