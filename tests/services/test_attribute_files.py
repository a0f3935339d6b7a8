"""Credits of files: what customers are called changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from attrigraph.attribution.analysis import Analysis
from attrigraph.attribution.multi_touch.options import ModelOptions
from attrigraph.attribution.multi_touch.registry import MODELS
from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.attribution.observed.subset import condition_of
from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.staging import StagingOptions, preset
from attrigraph.worlds.files import write_world
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution

NAMES = ("incremental", *(name for name in MODELS if name != "position-custom"))


def test_pseudonyms_give_the_credits_and_intervals_of_plain_ids(tmp_path: Path) -> None:
    files = write_world(simulate("confounded", 2, 1_500, measured_on=100), tmp_path / "world")

    def credited(staging: StagingOptions) -> Attribution:
        return attribute_files(
            [files["events"], files["customers"]],
            preset("events", "customers"),
            AttributionOptions(models=NAMES, level="campaign"),
            staging=staging,
            folder=tmp_path / "staged",
        )

    plain = credited(StagingOptions(keep_ids=True))
    hidden = credited(StagingOptions(customer_key=b"a secret of at least thirty-two bytes"))
    assert plain.observed.conversions > 100
    for name in NAMES:
        for one, other in zip(plain.models[name].credits, hidden.models[name].credits, strict=True):
            assert one.key == other.key, name
            assert (one.conversions, one.value) == pytest.approx(
                (other.conversions, other.value), rel=1e-9, abs=1e-9
            ), name
            # redrawn sums are taken in single precision
            assert (one.low, one.high) == pytest.approx((other.low, other.high), rel=1e-6), name


def test_unknown_names_are_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "customer_id,timestamp,kind,channel\n"
        "a,2024-03-01T12:00:00Z,click,Mail\na,2024-03-01T12:30:00Z,click,ORGANIC_SEARCH\n"
        "a,2024-03-01T13:00:00Z,conversion:sale,\n",
        encoding="utf-8",
    )
    answer = attribute_files(
        [file],
        preset("events"),
        AttributionOptions(
            models=("last-non-direct",),
            journeys=JourneyOptions(conversion_kinds=("sale", "sail")),
            model_options=ModelOptions(
                direct_channels=("mail", "male"), not_marketing=("mails", "sochial"), draws=0
            ),
        ),
        staging=StagingOptions(keep_ids=True),
        folder=tmp_path / "staged",
    )
    assert answer.observed.conversions == 1
    assert caplog.messages == [
        "no conversion is of kind 'sail'; the kinds are: sale",
        "no touch is of the direct channel 'male'; near names: Mail",
        (
            "no touch is of the channel that is no marketing 'sochial'; the names are: Mail, "
            "ORGANIC_SEARCH"
        ),
        (
            "the channels named as no marketing take the place of the usual list, so causal models "
            "may credit ORGANIC_SEARCH; name them too if no marketing pays for them"
        ),
        "--not-marketing has no effect: it is for incremental, attention",
    ]


def test_named_kinds_that_do_not_occur_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "customer_id,timestamp,kind,channel\n"
        "a,2024-03-01T12:00:00Z,click,mail\na,2024-03-01T13:00:00Z,conversion:sale,\n"
        "a,2024-03-02T13:00:00Z,conversion:lead,\n",
        encoding="utf-8",
    )
    options = AttributionOptions(journeys=JourneyOptions(conversion_kinds=("sail", "x")))
    match = "no conversion is of kind 'sail' or 'x'; the kinds are: (lead, sale|sale, lead)$"
    with pytest.raises(InputError, match=match):
        attribute_files(
            [file],
            preset("events"),
            options,
            staging=StagingOptions(keep_ids=True),
            folder=tmp_path / "staged",
        )


def test_files_without_conversions_are_an_error(tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("customer_id,timestamp,kind\na,2024-03-01T12:00:00Z,click\n", encoding="utf-8")
    with pytest.raises(InputError, match="the files hold 1 touch and no conversion, so there is"):
        attribute_files(
            [file],
            preset("events"),
            staging=StagingOptions(keep_ids=True),
            folder=tmp_path / "staged",
        )


def test_staged_rows_are_gone_before_models_are_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        "customer_id,timestamp,kind,channel\n"
        "a,2024-03-01T12:00:00Z,click,mail\na,2024-03-01T13:00:00Z,conversion:sale,\n",
        encoding="utf-8",
    )
    folder = tmp_path / "staged"
    left: list[Path] = []
    attribute = Analysis.attribute

    def spied(*given: Any, **options: Any) -> Attribution:
        left.extend(folder.iterdir())
        return attribute(*given, **options)

    monkeypatch.setattr(Analysis, "attribute", spied)
    attribute_files(
        [file],
        preset("events"),
        AttributionOptions(models=("linear",)),
        staging=StagingOptions(keep_ids=True),
        folder=folder,
    )
    assert folder.exists()
    assert left == []


REJECTED = (
    r"^rejected the only conversion, so there is nothing to credit: 1 of 1 of .*e.csv as bad-flag, "
    r"first line 4 \(bad-flag: .* \(cancelled: 'x'\)\); correct the files or the mapping$"
)
CANCELLED = "^the only conversion is cancelled, so there is nothing to credit; add orders that were"


@pytest.mark.parametrize(("flag", "message"), [("x", REJECTED), ("1", CANCELLED)])
def test_conversions_that_are_all_rejected_or_cancelled_are_an_error(
    flag: str, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "e.csv"
    file.write_text(
        "customer_id,timestamp,kind,channel,cancelled\n"
        "a,2024-03-01T12:00Z,click,tv,\nb,2024-03-01T12:00Z,click,tv,\n"
        f"a,2024-03-01T13:00Z,conversion,,{flag}\n",
        encoding="utf-8",
    )
    staging, folder = StagingOptions(keep_ids=True), tmp_path / "staged"
    with pytest.raises(InputError, match=message):
        attribute_files([file], preset("events"), staging=staging, folder=folder)


def test_conditions_take_the_names_of_campaigns(tmp_path: Path) -> None:
    events, campaigns = tmp_path / "events.csv", tmp_path / "campaigns.csv"
    events.write_text(
        "customer_id,timestamp,kind,channel,campaign,value\n"
        "a,2024-03-01T12:00:00Z,click,search,17,\na,2024-03-01T12:30:00Z,click,email,18,\n"
        "a,2024-03-03T13:00:00Z,conversion:sale,,,5\n"
    )
    campaigns.write_text("id,name\n17,Spring sale\n18,Fall sale\n")

    def credited(*texts: str) -> dict[str | None, float]:
        rules = JourneyOptions(only=tuple(condition_of(text, "--only") for text in texts))
        answer = attribute_files(
            [events, campaigns],
            preset("events", "campaigns"),
            AttributionOptions(models=("linear",), level="campaign", journeys=rules),
            staging=StagingOptions(keep_ids=True),
            folder=tmp_path / "staged",
        )
        return {one.key: one.value for one in answer.models["linear"].credits}

    assert credited() == {"17": 2.5, "18": 2.5}
    assert credited("campaign=Spring sale") == credited("campaign=17") == {"17": 5.0}
