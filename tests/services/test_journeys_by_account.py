"""Journeys of accounts in files, frames and objects, with credit worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas
import pytest

from attrigraph.attribution.observed.journeys import JourneyOptions
from attrigraph.domain import Conversion, Touchpoint
from attrigraph.errors import InputError
from attrigraph.services.attribute_files import attribute_files
from attrigraph.services.attribution_options import AttributionOptions
from attrigraph.services.in_memory import attribute_events
from attrigraph.staging import StagingOptions, preset

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.domain import Attribution

EVENTS = """\
customer_id,account_id,timestamp,kind,channel,value
ann,acme,2026-03-01T00:00:00Z,click,search,
bob,,2026-03-02T00:00:00Z,click,mail,
bob,acme,2026-03-03T00:00:00Z,conversion,,100
cid,,2026-03-01T00:00:00Z,click,tv,
cid,,2026-03-02T00:00:00Z,conversion,,40
dan,acme,2026-03-01T00:00:00Z,click,tv,
dan,other,2026-03-02T00:00:00Z,conversion,,10
"""
BY_ACCOUNT = AttributionOptions(models=("linear",), journeys=JourneyOptions(by="account"))
BY_CONTACT = AttributionOptions(models=("linear",))


def values(answer: Attribution) -> dict[str | None, float]:
    return {one.key: one.value for one in answer.models["linear"].credits}


def by_files(folder: Path, text: str, options: AttributionOptions) -> dict[str | None, float]:
    (folder / "events.csv").write_text(text, encoding="utf-8")
    staging = StagingOptions(customer_key=b"a secret of at least thirty-two bytes")
    files, source = [folder / "events.csv"], preset("events")
    return values(attribute_files(files, source, options, staging=staging, folder=folder / "s"))


def test_colleagues_share_a_journey_and_who_has_two_accounts_has_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert by_files(tmp_path, EVENTS, BY_CONTACT) == {"mail": 100.0, "tv": 50.0, "search": 0.0}
    assert by_files(tmp_path, EVENTS, BY_ACCOUNT) == {"search": 50.0, "mail": 50.0, "tv": 50.0}
    assert any("1 contact with several accounts" in message for message in caplog.messages)


def test_frames_and_objects_give_what_files_give(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    frame = pandas.read_csv(tmp_path / "events.csv")
    expected = {"search": 50.0, "mail": 50.0, "tv": 50.0}
    assert values(attribute_events(frame, options=BY_ACCOUNT)) == expected
    day = [datetime(2026, 3, number, tzinfo=UTC) for number in (1, 2, 3)]
    touches = [
        Touchpoint("t1", "ann", day[0], channel="search"),
        Touchpoint("t2", "bob", day[1], channel="mail"),
    ]
    order = [Conversion("v", "bob", day[2], 100.0)]
    contacts = pandas.DataFrame({"customer_id": ["ann", "bob"], "account_id": ["acme", "acme"]})
    found = attribute_events(touches, order, BY_ACCOUNT, customers=contacts)
    assert values(found) == {"search": 50.0, "mail": 50.0}
    with pytest.raises(InputError, match="none has one; give a column account_id"):
        attribute_events(touches, order, BY_ACCOUNT)


def test_journeys_are_of_contacts_or_accounts() -> None:
    with pytest.raises(InputError, match="by 'contact' or 'account', got 'company'"):
        JourneyOptions(by="company")  # type: ignore[arg-type]
