"""Touchpoints, conversions and spend held in memory, as objects or as data frames."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrigraph.domain import CustomerAttributes
from attrigraph.domain.accounts import NO_ACCOUNTS
from attrigraph.domain.from_objects import events_from_objects
from attrigraph.errors import InputError
from attrigraph.services.accounts import file_spend
from attrigraph.services.attribution_data import event_data, of_accounts
from attrigraph.staging import EPOCH, Source, StagingOptions, preset, stage
from attrigraph.staging.frames import (
    is_frame,
    write_conversions,
    write_customers,
    write_spend,
    write_touchpoints,
)
from attrigraph.staging.scratch_dir import TEMPORARY
from attrigraph.staging.taken import check_conversions, check_taken, log_and_check, log_staged

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from attrigraph.attribution.data import EventData
    from attrigraph.domain import Conversion, EventTable, Touchpoint
    from attrigraph.domain.accounts import ContactAccounts
    from attrigraph.services.attribution_options import AttributionOptions
    from attrigraph.spend.accounts import Spend
    from attrigraph.staging.mapping import Table

    Staging = tuple[EventTable, CustomerAttributes | None, ContactAccounts]

Frame = Any
"""A pandas or polars frame, or an Arrow table; what none of them has a common type for."""


def memory_data(
    touchpoints: Sequence[Touchpoint] | Frame,
    conversions: Sequence[Conversion] | Frame,
    options: AttributionOptions,
    *,
    customers: Frame | None = None,
) -> EventData:
    """Events in memory with these options; see ``memory_data_and_currency``."""
    return memory_data_and_currency(touchpoints, conversions, options, customers)[0]


def memory_data_and_currency(
    touchpoints: Sequence[Touchpoint] | Frame,
    conversions: Sequence[Conversion] | Frame,
    options: AttributionOptions,
    customers: Frame | None,
    reading: StagingOptions | None = None,
) -> tuple[EventData, str | None]:
    """Events in memory, and the currency of all their amounts, None where it is not known.

    Arguments and errors are those of ``in_memory.attribute_events``.
    """
    by_account = options.journeys.by == "account"
    (events, attributes, accounts), currency = (
        _staged_frames(
            touchpoints,
            conversions,
            customers,
            _reading(options, reading),
            touch_ids=by_account,
        )
        if is_frame(touchpoints)
        else (_objects(touchpoints, conversions, customers, reading), None)
    )
    if by_account:
        events, attributes = of_accounts(events, attributes, accounts)
    return event_data(events, attributes, options), currency


def _reading(options: AttributionOptions, reading: StagingOptions | None) -> StagingOptions:
    """How frames are read; ids stay as they are, as none is kept."""
    if not isinstance(reading, StagingOptions | None):
        raise InputError(f"reading must be StagingOptions or None, got {reading!r}")
    chosen = reading or StagingOptions(keep_ids=True)
    if chosen.currency is not None or chosen.rates is not None:
        raise InputError("reading has no currency and no rates; give them as options of their own")
    return replace(
        chosen,
        keep_ids=True,
        start=chosen.start or EPOCH,
        currency=options.currency,
        rates=options.rates,
    )


def _objects(
    touchpoints: Sequence[Touchpoint],
    conversions: Sequence[Conversion] | Frame,
    customers: Frame | None,
    reading: StagingOptions | None,
) -> Staging:
    if reading is not None:
        raise InputError("reading is for frames, and touchpoints are objects; leave it out")
    if is_frame(conversions):
        raise InputError(
            "conversions are a frame and touchpoints are not; give both as frames, or as objects"
        )
    names, attributes, accounts = _staged_customers(customers)
    return events_from_objects(touchpoints, conversions, names), attributes, accounts


def _staged_frames(
    touchpoints: Frame,
    conversions: Sequence[Conversion] | Frame,
    customers: Frame | None,
    reading: StagingOptions,
    *,
    touch_ids: bool,
) -> tuple[Staging, str | None]:
    with _frames_folder() as folder:
        written = _written(touchpoints, conversions, folder)
        if customers is not None:
            written.append(write_customers(customers, folder))
        return _staged(written, folder, reading, touch_ids=touch_ids)


@contextmanager
def _frames_folder() -> Iterator[Path]:
    """A folder for frames as files; messages name the frames instead.

    Raises:
        InputError: reading the files raises one.
    """
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as name:
        try:
            yield Path(name)
        except InputError as error:
            files = rf"{re.escape(name)}/(\w+)\.parquet"
            raise InputError(re.sub(files, r"the frame of \1", str(error))) from error


def _written(
    touchpoints: Frame, conversions: Sequence[Conversion] | Frame, folder: Path
) -> list[tuple[Path, Table]]:
    """Frames of events as files."""
    is_apart = is_frame(conversions)
    written = [write_touchpoints(touchpoints, folder, all_touches=is_apart)]
    if is_apart:
        written.append(write_conversions(conversions, folder))
    elif len(conversions):
        raise InputError(
            "touchpoints are a frame and conversions are not; give both as frames, or as objects"
        )
    return written


def spend_in_memory(spend: Frame | Path | Sequence[Path]) -> Spend:
    """Spend of a frame, or of files of the preset ``spend``.

    Raises:
        InputError: a file cannot be read, or too many rows are rejected.
    """
    with _frames_folder() as folder:
        source = preset("spend")
        if is_frame(spend):
            path, table = write_spend(spend, folder)
            files, source = [path], Source(tables=(table,))
        else:
            files = [spend] if isinstance(spend, Path) else list(spend)
        options = StagingOptions(keep_ids=True)
        with stage(files, source, options, folder=folder) as staged:
            log_and_check(staged, options.max_rejected)
            return file_spend(staged.references())


def _staged_customers(
    customers: Frame | None,
) -> tuple[list[str], CustomerAttributes | None, ContactAccounts]:
    """Ids, attributes and accounts of the customers of a frame; none without a frame."""
    if customers is None:
        return [], None, NO_ACCOUNTS
    with _frames_folder() as folder:
        written = [write_customers(customers, folder)]
        options = StagingOptions(keep_ids=True)
        (events, attributes, accounts), _ = _staged(written, folder, options, touch_ids=False)
        return events.customers.tolist(), attributes, accounts


def _staged(
    written: Sequence[tuple[Path, Table]],
    folder: Path,
    options: StagingOptions,
    *,
    touch_ids: bool,
) -> tuple[Staging, str | None]:
    """Events, attributes and accounts of frames, and the currency of their amounts."""
    source = Source(tables=tuple(table for _, table in written))
    with stage([path for path, _ in written], source, options, folder=folder) as staged:
        log_staged(staged)
        if staged.counts.read:  # frames may be empty
            check_taken(staged, options.max_rejected)
        attributes = CustomerAttributes.concatenate(list(staged.customer_attributes()))
        events = staged.events(touch_ids=touch_ids)
        check_conversions(staged, len(events.conversions))
        return (events, attributes, staged.accounts()), staged.currency
