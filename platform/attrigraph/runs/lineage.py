"""What makes a run the same run: the facts it read, what it was asked, and the code."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from attrigraph.domain import Categorical, CustomerAttributes, EventTable, StringArray


@cache
def code_version() -> str:
    """The version of attrigraph that runs, and a hash of its source, such as ``0.1.0+3f2a9c1d``.

    The hash tells changed code from released code, so that a run is never taken for one that other
    code has answered.
    """
    digest = hashlib.sha256()
    package = Path(__file__).parents[1]
    for source in sorted(package.rglob("*.py")):
        digest.update(source.relative_to(package).as_posix().encode())
        digest.update(source.read_bytes())
    return f"{version('attrigraph')}+{digest.hexdigest()[:8]}"


def fingerprint(events: EventTable, customers: CustomerAttributes | None = None) -> str:
    """SHA-256 over facts, in hexadecimal; equal facts have equal ones, however they were read.

    Args:
        events: sorted as ``EventTable`` says, with sorted keys.
        customers: what is known of customers.
    """
    digest = hashlib.sha256()
    for column in chain(_columns(events), _known(customers)):
        digest.update(len(column).to_bytes(8, "big"))
        digest.update(column)
    return digest.hexdigest()


def run_id(job: str, *, fingerprint: str, parameters: Mapping[str, Any], code_version: str) -> str:
    """The id of the run that answers these parameters from these facts: 32 hexadecimal digits."""
    asked = json.dumps([job, fingerprint, parameters, code_version], sort_keys=True)
    return hashlib.sha256(asked.encode()).hexdigest()[:32]


def _columns(event_table: EventTable) -> Iterator[bytes]:
    touches, conversions = event_table.touches, event_table.conversions
    yield _text(event_table.customers)
    for events in (touches, conversions):
        yield _text(events.id)
        yield events.customer.tobytes()
        yield events.time.tobytes()
        yield events.position.tobytes()
        yield from _coded(events.kind)
    for coded in (touches.channel, touches.campaign, touches.creative):
        yield from _coded(coded)
    yield touches.cost.tobytes()
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
