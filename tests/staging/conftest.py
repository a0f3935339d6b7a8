from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from attrigraph.domain import EventTable
from attrigraph.staging import Source, Staged, StagingOptions, preset, stage
from attrigraph.staging.channels import ChannelRules
from attrigraph.staging.channels.rule_set import RULE_FIELDS
from attrigraph.staging.channels.sql import channel_of, compared, rule_number

Write = Callable[[str, str | bytes], Path]
Stage = Callable[..., Staged]
Rows = Callable[[EventTable], dict[str, list[tuple[Any, ...]]]]
ChannelsBy = Callable[
    [ChannelRules, Sequence[Mapping[str, str | None]]], list[tuple[int | None, str | None]]
]
Reasons = Callable[[Staged], list[tuple[int, str]]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file under the test's folder; gzip where the name says so."""

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[Stage]:
    """Stage files by preset names or a source; ids are kept unless a key is given."""
    with ExitStack() as stack:

        def staged(*files: Path, source: Source | str, **options: Any) -> Staged:
            options.setdefault("keep_ids", "customer_key" not in options)
            names = [source] if isinstance(source, str) else []
            return stack.enter_context(
                stage(
                    files,
                    preset(*names) if isinstance(source, str) else source,
                    StagingOptions(**options),
                    folder=tmp_path / "staging",
                )
            )

        yield staged
    assert not list((tmp_path / "staging").glob("*")), "staged rows were left behind"


def rows(events: EventTable) -> dict[str, list[tuple[Any, ...]]]:
    """Events as comparable rows, in their order."""
    touches, conversions = events.touches, events.conversions
    return {
        "customers": list(zip(events.customers.tolist(), events.bucket.tolist(), strict=True)),
        "touches": [
            (customer, time, position, key, kind, channel, campaign, creative, str(cost))
            for customer, time, position, key, kind, channel, campaign, creative, cost in zip(
                events.customers[touches.customer].tolist(),
                touches.time.tolist(),
                touches.position.tolist(),
                touches.id.tolist(),
                touches.kind.values().tolist(),
                touches.channel.values().tolist(),
                touches.campaign.values().tolist(),
                touches.creative.values().tolist(),
                touches.cost.tolist(),
                strict=True,
            )
        ],
        "conversions": list(
            zip(
                events.customers[conversions.customer].tolist(),
                conversions.time.tolist(),
                conversions.position.tolist(),
                conversions.id.tolist(),
                conversions.kind.values().tolist(),
                conversions.value.tolist(),
                strict=True,
            )
        ),
    }


@pytest.fixture(name="rows")
def rows_fixture() -> Rows:
    """Events as comparable rows."""
    return rows


@pytest.fixture
def reasons() -> Reasons:
    """Line and name of the reason of every rejected row."""

    def reasons(rejecting: Staged) -> list[tuple[int, str]]:
        return [(each.line, each.reason.split(":")[0]) for each in rejecting.rejected()]

    return reasons


def channels_by(
    rules: ChannelRules, given: Sequence[Mapping[str, str | None]]
) -> list[tuple[int | None, str | None]]:
    """The rule and the channel of texts by field; None where no text is given."""
    parameters: dict[str, object] = {}

    def parameter(value: object) -> str:
        parameters[f"p{len(parameters)}"] = value
        return f"$p{len(parameters) - 1}"

    columns = [
        f"{compared(f'unnest({parameter([texts.get(name) for texts in given])}::VARCHAR[])')}"
        f" AS {name}"
        for name in RULE_FIELDS
    ]
    present = " OR ".join(f"{name} <> ''" for name in rules.fields)
    sql = f"""
        SELECT number, {channel_of(rules, "number", parameter)}
        FROM (SELECT *, CASE WHEN {present} THEN {rule_number(rules, parameter)} END AS number
            FROM (SELECT {", ".join(columns)}))"""
    with duckdb.connect() as database:
        return database.execute(sql, parameters).fetchall()


@pytest.fixture(name="channels_by")
def channels_by_fixture() -> ChannelsBy:
    """The rule and the channel of texts by field."""
    return channels_by
