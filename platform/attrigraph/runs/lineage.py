"""What identifies a run: the events it read, its parameters, and the code."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.shipped import shipped

SPEND_TEXTS: Final = (
    "zone",
    "platform",
    "channel",
    "campaign",
    "campaign_name",
    "creative",
    "currency",
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attrigraph.domain import Categorical, CustomerAttributes, EventTable, StringArray
    from attrigraph.spend.accounts import Spend


PACKAGES: Final = Path(__file__).parents[2]

ANSWERING: Final = (
    "attention/",
    "gnn/",
    "attrigraph/attribution",
    "attrigraph/domain",
    "attrigraph/graph",
    "attrigraph/runs/computed_run.py",
    "attrigraph/runs/daily_credit.py",
    "attrigraph/runs/extension.py",
    "attrigraph/runs/segment_credit.py",
    "attrigraph/spend",
    "attrigraph/services/accounts.py",
    "attrigraph/services/artefacts.py",
    "attrigraph/services/attribute_graph.py",
    "attrigraph/services/attribution_data.py",
    "attrigraph/services/attribution_options.py",
    "attrigraph/services/data_health.py",
    "attrigraph/services/killed_runs.py",
    "attrigraph/services/questions.py",
    "attrigraph/services/robustness.py",
)
"""Where the code lies that turns what a store or file holds into scores and their summary."""

STATEMENTS: Final = ("journeys", "scores")
"""Folders of the statements that read events and write scores."""


@cache
def code_version() -> str:
    """The version of attrigraph and a hash of what computes scores, such as ``0.2.0+3f2a9c1d``.

    The hash covers the code of the models and the statements that read the graph, so that changed
    code is never mistaken for the code of a stored run; a changed report or command leaves it.
    """
    return f"{version('attrigraph')}+{digest_of(_answering_files())[:8]}"


def digest_of(files: Iterable[tuple[str, Path]]) -> str:
    """SHA-256 over names and contents of files, in hexadecimal, whatever their order."""
    digest = hashlib.sha256()
    for name, path in sorted(files):
        content = path.read_bytes()
        for part in (name.encode(), content):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)
    return digest.hexdigest()


def _answering_files() -> Iterator[tuple[str, Path]]:
    for name in ANSWERING:
        place = PACKAGES / name
        sources = [place] if place.is_file() else place.rglob("*.py")
        yield from ((source.relative_to(PACKAGES).as_posix(), source) for source in sources)
    statements = shipped("cypher")
    for area in STATEMENTS:
        for source in (statements / area).glob("*.cypher"):
            yield f"cypher/{area}/{source.name}", source


def fingerprint(events: EventTable, customers: CustomerAttributes | None = None) -> str:
    """SHA-256 over events and attributes, in hexadecimal, the same however they were read.

    Args:
        events: sorted as ``EventTable`` requires, with sorted keys.
        customers: attributes of customers.
    """
    digest = hashlib.sha256()
    for column in chain(_columns(events), _known(customers)):
        digest.update(len(column).to_bytes(8, "big"))
        digest.update(column)
    return digest.hexdigest()


def spend_fingerprint(spend: Spend) -> str | None:
    """SHA-256 over spend, rates and names of campaigns, in hexadecimal; None without any.

    Rates count without spend, too: they convert that of experiments.

    Args:
        spend: rows in any order, as equal rows give equal sums.
    """
    days = spend.days
    if not len(days) and spend.rates is None:
        return None
    columns = [days.date.astype(str), *(getattr(days, name).values() for name in SPEND_TEXTS)]
    rows = zip(*(column.tolist() for column in (*columns, days.cost)), strict=True)
    rates = None if spend.rates is None else spend.rates.to_json()
    content = [sorted(map(repr, rows)), rates, sorted(spend.campaign_names.items())]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def run_id(job: str, *, fingerprint: str, parameters: Mapping[str, Any], code_version: str) -> str:
    """The id of the run of these parameters on these events: 32 hexadecimal digits."""
    identity = json.dumps([job, fingerprint, parameters, code_version], sort_keys=True)
    return hashlib.sha256(identity.encode()).hexdigest()[:32]


def _columns(event_table: EventTable) -> Iterator[bytes]:
    touches, conversions = event_table.touches, event_table.conversions
    yield _text(event_table.customers)
    for events in (touches, conversions):
        yield _text(events.id)
        yield events.customer.tobytes()
        yield events.time.tobytes()
        yield events.nanosecond.tobytes()
        yield events.position.tobytes()
        yield from _coded(events.kind)
    for coded in (touches.channel, touches.campaign, touches.creative):
        yield from _coded(coded)
    yield touches.cost.tobytes()
    if touches.cost_share is not None:
        yield touches.cost_share.tobytes()
    yield conversions.value.tobytes()


def _known(customers: CustomerAttributes | None) -> Iterator[bytes]:
    if customers is None:
        return
    order = np.argsort(customers.customers)
    yield _text(customers.customers[order])
    for name in sorted(customers.columns):
        yield name.encode()
        yield json.dumps(customers.columns[name][order].tolist(), default=str).encode()


def _coded(column: Categorical) -> Iterator[bytes]:
    yield json.dumps(column.keys).encode()
    yield column.codes.tobytes()


def _text(column: StringArray) -> bytes:
    return json.dumps(column.tolist()).encode()
