"""Options of reading files from Python: what is of a wrong type is named."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from attrigraph.domain.identities import IdLinks
from attrigraph.errors import InputError
from attrigraph.spend.rates import Rates
from attrigraph.staging import StagingOptions
from attrigraph.staging.channels import rules_of
from attrigraph.staging.option_types import OPTION_TYPES

if TYPE_CHECKING:
    from tests.staging.conftest import Stage, Write

RIGHT: dict[str, list[Any]] = {
    "currency": ["EUR", None],
    "rates": [Rates({}), None],
    "zone": ["Europe/Berlin", None],
    "time_unit": ["s", None],
    "start": [datetime(2026, 1, 1, tzinfo=UTC), None],
    "header": [None],
    "separator": [">", None],
    "conversion_touches": [True, False],
    "sessions": [True, False, None],
    "session_gap": [1, 0.5, np.float64(3)],
    "session_split": [True, False],
    "session_touches": ["one", "all"],
    "channel_rules": [rules_of("ga4"), None],
    "own_domains": [("shop.example",), ()],
    "payment_referrals": [True, False, None],
    "max_ids": [2, np.int64(9)],
    "event_properties": [True, False],
    "keep_ids": [True],
    "customer_key": [b"key", None],
    "stored_links": [lambda ids: IdLinks.of_rows([]), None],
    "erased": [{"a": 1}, {"a": np.int64(1)}, {}],
    "creative_campaigns": [{"a": "b"}, {}],
    "creative_ad_sets": [{"a": "b"}, {}],
    "ad_set_campaigns": [{"a": "b"}, {}],
    "campaign_accounts": [{"a": "b"}, {}],
    "parents": [{"a": "b"}, {}],
    "max_rejected": [0, 0.5, np.float32(1)],
    "memory": ["100MB"],
    "threads": [1, np.int32(2), None],
}
VALUES: list[Any] = [
    None, True, 0, -1, 1, 2.5, float("nan"), float("inf"), 10**30, "", "x", "é" * 200, b"", b"x",
    (), ("x",), (1,), ["x.example"], [], {}, {"a": 1}, {1: "a"}, {"x"}, object(), len, Path("x"),
    datetime.fromisoformat("2026-01-01"), np.array([1]), np.array(["x"]), 1j, StagingOptions,
]  # fmt: skip
EVENT = "customer_id,timestamp,kind\nc,2026-03-01T12:00:00Z,click\n"


def test_all_options_have_a_type() -> None:
    names = [field.name for field in fields(StagingOptions)]
    assert names == list(OPTION_TYPES) == list(RIGHT)


@pytest.mark.parametrize("name", OPTION_TYPES)
def test_right_values_are_taken(name: str) -> None:
    for value in RIGHT[name]:
        assert getattr(StagingOptions(**{"keep_ids": True, name: value}), name) is value


def outcome(staged: Stage, path: Path, **options: Any) -> str | int:
    """Rows that are taken with the options, or the sentence about a wrong one."""
    try:
        return staged(path, source="events", **options).counts.taken
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("name", OPTION_TYPES)
def test_wrong_values_are_named_or_read_with(name: str, staged: Stage, write: Write) -> None:
    path = write("a.csv", EVENT)
    for value in VALUES:
        if name == "stored_links" and callable(value):
            continue  # what a function returns is trusted
        found = outcome(staged, path, **{"keep_ids": True, name: value})
        assert found == 1 or (isinstance(found, str) and len(found) < 400 and "\n" not in found)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("own_domains", "shop.example", "own_domains must be a tuple of texts, got 'shop.example'"),
        ("own_domains", ("a.example", 3), "own_domains must be a tuple of texts, got"),
        ("session_gap", "30", "session_gap must be a number, got '30'"),
        ("session_gap", None, "session_gap must be a number, got None"),
        ("max_ids", 2.5, "max_ids must be a whole number, got 2.5"),
        ("max_ids", True, "max_ids must be a whole number, got True"),
        ("sessions", "yes", "sessions must be True, False or None, got 'yes'"),
        ("memory", 1_000_000, "memory must be text, got 1000000"),
        ("header", "names.tsv", "header must be a pathlib.Path or None, got 'names.tsv'"),
        (
            "erased",
            {"a": "1"},
            "erased must be a dictionary of whole numbers by text, got {'a': '1'}",
        ),
        ("customer_key", "secret", "customer_key must be bytes or None, got str"),
        ("zone", "Berlin/Europe", "the zone must be an IANA name such as Europe/Berlin, got"),
        ("time_unit", "hours", "the unit of times must be s, ms, us or ns, got 'hours'"),
        ("rates", {"USD": 1.1}, "rates must be Rates (see read_rates) or None, got"),
    ],
)
def test_a_wrong_option_is_named(name: str, value: Any, message: str) -> None:
    with pytest.raises(InputError) as caught:
        StagingOptions(**{"keep_ids": True, name: value})
    assert str(caught.value).startswith(message)
