"""Writes a world as files for the loader, together with its ``truth.json``."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import asdict
from datetime import datetime
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.domain import epoch_ms
from attrigraph.errors import InputError
from attrigraph.worlds.budget.spec import BudgetSpec
from attrigraph.worlds.data import DAY_MS, START_MS
from attrigraph.worlds.event_table import customer_ids, event_ids
from attrigraph.worlds.media import AUDIENCES, FORMATS
from attrigraph.worlds.spec import WorldSpec
from attrigraph.worlds.truth import Truth

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.worlds.agents.spec import AgentSpec
    from attrigraph.worlds.budget.market import Market
    from attrigraph.worlds.data import World

TABLES: Final = ("events", "customers", "campaigns", "creatives", "audiences")
"""The tables of a world; each is a CSV file with this name. Some worlds list no customers."""

FILES: Final = frozenset(
    {*(f"{name}.csv" for name in (*TABLES, "spend", "creative-days", "truth")), "truth.json"}
)

CURRENCY: Final = "EUR"
"""Of the spend of budget worlds."""

CURVE_STEPS: Final = np.linspace(0, 3, 13)
"""Multiples of present spend at which ``truth.json`` has the response of a campaign."""


def write_world(world: World, folder: Path) -> dict[str, Path]:
    """Write the world's files into a folder, which is created if necessary.

    Returns:
        The files by content: events, customers (where the world lists them), campaigns,
        creatives, audiences, spend (of budget worlds), truth.

    Raises:
        InputError: the folder contains other files, or is not writable.
    """
    names = TABLES if world.market is None else (*TABLES, "spend")
    files = {name: folder / f"{name}.csv" for name in names} | {"truth": folder / "truth.json"}
    prepare_folder(folder)
    if not world.customers.listed:
        files.pop("customers")
    try:
        # truth.json is removed first and written last, so that an incomplete world never has one
        remove_earlier(folder, files.values())
        _write_events(world, files["events"])
        if world.customers.listed:
            _write_customers(world, files["customers"])
        _write_media(world, files)
        if world.market is not None:
            _write_spend(world.market, files["spend"])
        files["truth"].write_text(json.dumps(truth_json(world), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise unwritable(folder, error) from error
    return files


def prepare_folder(folder: Path) -> None:
    """Create a folder for a world, or check that it contains only files of an earlier world.

    Raises:
        InputError: it contains other files, or cannot be created, read or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        others = sorted({path.name for path in folder.iterdir()} - FILES)
    except OSError as error:
        raise unwritable(folder, error) from error
    if others:
        raise InputError(
            f"the folder {folder} must be empty or contain an earlier world, but it contains"
            f" {others[0]!r}; choose another folder"
        )


def remove_earlier(folder: Path, kept: Iterable[Path]) -> None:
    """Remove the truth of an earlier world, and its files that the new one does not replace."""
    replaced = {path.name for path in kept} - {"truth.json", "truth.csv"}
    for name in FILES - replaced:
        (folder / name).unlink(missing_ok=True)


def unwritable(folder: Path, error: OSError) -> InputError:
    """The error of a folder into which a world cannot be written."""
    why = (error.strerror or str(error)).lower()
    return InputError(f"cannot write a world into {folder} ({why}); choose another folder")


def truth_json(world: World) -> dict[str, Any]:
    """The content of ``truth.json``: the truth, observed totals, and the world's parameters."""
    truth = world.truth
    return {
        "world": world.spec.name,
        "seed": world.seed,
        "customers": truth.customers,
        "window": {
            "start": _iso(np.array([START_MS]))[0],
            "end": _iso(np.array([world.end_ms]))[0],
        },
        "observed": {
            "conversions": len(world.converter),
            "value": float(world.value.sum()),
            "touches": len(world.channel),
        },
        "expected": {"conversions": truth.total, "baseline": truth.baseline},
        "baseline": truth.baseline,
        "channels": {name: _channel_json(truth, i) for i, name in enumerate(truth.channels)},
        "identifiable": dict(zip(truth.channels, truth.identifiable, strict=True))
        if truth.identifiable is not None
        else None,
        "measured_on": truth.measured_on,
        "made_of": _made_of(world.spec),
        **({} if world.market is None else {"budget": _budget_json(world.market)}),
    }


def _budget_json(market: Market) -> dict[str, Any]:
    """Present spend and its value, and the response of each campaign, the others at present."""
    present = market.present
    return {
        "currency": CURRENCY,
        "value": market.true_value(present),
        "value_without_spend": market.true_value(np.zeros(len(present))),
        "campaigns": {
            campaign.name: {
                "spend": float(spend),
                "spends": (spend * CURVE_STEPS).tolist(),
                "values": market.curve(campaign.name, spend * CURVE_STEPS).tolist(),
            }
            for campaign, spend in zip(market.spec.campaigns, present, strict=True)
        },
    }


def _channel_json(truth: Truth, index: int) -> dict[str, float | None]:
    return {
        "credit": truth.credit[index],
        "removal": truth.removal[index],
        "value": None if truth.value is None else truth.value[index],
    }


def holds_world(
    folder: Path, spec: WorldSpec | AgentSpec | BudgetSpec, seed: int, customers: int
) -> bool:
    """Whether a folder contains all files of exactly this world; ``truth.json`` is written last."""
    try:
        stored = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        parameters = (stored["seed"], stored["customers"], stored["made_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    expected = json.loads(json.dumps(_made_of(spec)))
    listed = isinstance(spec, WorldSpec | BudgetSpec) or spec.observation.listed
    tables = [name for name in TABLES if listed or name != "customers"]
    tables += ["spend"] * isinstance(spec, BudgetSpec)
    complete = all((folder / f"{name}.csv").is_file() for name in tables)
    return complete and parameters == (seed, customers, expected)


def read_truth(path: Path) -> Truth:
    """The truth in a ``truth.json``.

    Two other forms are read as well: that of version 0.1.0, which has the key ``organic`` instead
    of ``baseline``; and a flat one with numbers by channel under ``channels`` and ``removal``, and
    ``total`` and ``organic`` (or ``baseline``).

    Raises:
        InputError: the file cannot be read, or has another form.
    """
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return _nested_truth(stored) if "expected" in stored else _flat_truth(stored, path)
    except OSError as error:
        raise InputError(
            f"cannot read the truth {path} ({(error.strerror or str(error)).lower()}); "
            "write a world with `attrigraph simulate --out DIR` first"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path} is not a truth as `attrigraph simulate` writes it: {_fault(error)}; write the"
            " world again with `attrigraph simulate --out DIR`"
        ) from error


def _fault(error: Exception) -> str:
    """What is wrong with a file of JSON, by the error of reading it."""
    match error:
        case json.JSONDecodeError():
            return f"line {error.lineno} is not JSON ({error.msg.lower()})"
        case UnicodeDecodeError():
            return "it is not text in UTF-8"
        case RecursionError():
            return "its objects are nested too deeply"
        case KeyError():
            return f"it has no {error.args[0]!r}"
        case ValueError():
            return f"a value in it has another form ({error})"
        case _:
            return "a value in it is of another type, such as a list in the place of an object"


def read_window(path: Path) -> tuple[int, int] | None:
    """Start and end of a world's window in a ``truth.json``, epoch milliseconds; None without one.

    Raises:
        InputError: the file cannot be read, or its window is invalid.
    """
    try:
        window = json.loads(path.read_text(encoding="utf-8")).get("window")
        if window is None:
            return None
        start, end = (epoch_ms(datetime.fromisoformat(window[name])) for name in ("start", "end"))
    except OSError as error:
        raise InputError(f"cannot read the truth {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the window in {path} is not as `attrigraph simulate` writes it: {_fault(error)};"
            " write the world again with `attrigraph simulate --out DIR`"
        ) from error
    return start, end


def _nested_truth(stored: Mapping[str, Any]) -> Truth:
    channels, expected = stored["channels"], stored["expected"]
    return Truth(
        channels=tuple(channels),
        credit=tuple(float(_entry(channels, name, "credit")) for name in channels),
        removal=tuple(float(_entry(channels, name, "removal")) for name in channels),
        baseline=_baseline(expected),
        total=float(expected["conversions"]),
        customers=int(stored["customers"]),
        measured_on=None if stored["measured_on"] is None else int(stored["measured_on"]),
        value=_values([channel.get("value") for channel in channels.values()]),
        identifiable=_identifiable(stored, channels),
    )


def _flat_truth(stored: Mapping[str, Any], path: Path) -> Truth:
    channels = tuple(stored["channels"])
    return Truth(
        channels=channels,
        credit=tuple(float(stored["channels"][name]) for name in channels),
        removal=tuple(float(_entry(stored, "removal", name)) for name in channels),
        baseline=_baseline(stored),
        total=float(stored["total"]),
        customers=_count_customers(path.parent),
        value=_values([stored.get("value", {}).get(name) for name in channels]),
        identifiable=_identifiable(stored, channels),
    )


def _values(values: Sequence[Any]) -> tuple[float, ...] | None:
    return None if None in values else tuple(map(float, values))


def _identifiable(stored: Mapping[str, Any], channels: Iterable[str]) -> tuple[bool, ...] | None:
    known = stored.get("identifiable")
    return (
        None
        if known is None
        else tuple(bool(_entry(stored, "identifiable", name)) for name in channels)
    )


def _entry(stored: Mapping[str, Any], outer: str, inner: str) -> Any:
    """A value of an object within an object.

    Raises:
        KeyError: there is none; it names both.
    """
    if inner not in stored[outer]:
        raise KeyError(f"{outer}.{inner}")
    return stored[outer][inner]


def _baseline(stored: Mapping[str, Any]) -> float:
    return float(stored["baseline"] if "baseline" in stored else stored["organic"])


def _count_customers(folder: Path) -> int:
    """Distinct customers in the tables of a world."""
    ids: set[str] = set()
    for table in ("customers.csv", "events.csv"):
        if (folder / table).is_file():
            with (folder / table).open(encoding="utf-8", newline="") as file:
                ids.update(row["customer_id"] for row in csv.DictReader(file))
    return len(ids)


def _made_of(spec: WorldSpec | AgentSpec | BudgetSpec) -> dict[str, Any]:
    parameters = asdict(spec)
    if not isinstance(spec, WorldSpec):
        return parameters
    parameters["synergies"] = [
        {"channels": list(pair), "weight": weight}
        for pair, weight in parameters["synergies"].items()
    ]
    return parameters


def _write_events(world: World, path: Path) -> None:
    ids, media = customer_ids(world), world.media
    kinds = np.array([channel.kind for channel in world.spec.channels], dtype=object)
    audiences = np.array([audience for audience, _, _ in AUDIENCES], dtype=object)
    touches = zip(
        event_ids("t", len(world.channel)),
        ids[world.touch_customer],
        _iso(world.touch_time, dates_only=world.dates_only),
        kinds[world.channel],
        np.array(world.spec.names, dtype=object)[world.channel],
        np.array(media.campaign, dtype=object)[world.campaign],
        np.array(media.creative, dtype=object)[world.creative],
        audiences[media.campaign_audience[world.campaign]],
        _money(world.cost, 6),
        repeat(""),
        strict=False,
    )
    conversions = zip(
        event_ids("c", len(world.converter)),
        ids[world.converter],
        _iso(world.conversion_time, dates_only=world.dates_only),
        repeat("conversion"),
        repeat(""),
        repeat(""),
        repeat(""),
        repeat(""),
        repeat(""),
        _money(world.value, 2),
        strict=False,
    )
    head = (
        "event_id", "customer_id", "timestamp", "kind", "channel", "campaign", "creative",
        "audience", "cost", "value",
    )  # fmt: skip
    write_table(path, head, chain(touches, conversions))


def _write_customers(world: World, path: Path) -> None:
    attributes = world.customers.attributes
    columns = [
        [f"{x:.6f}" for x in column] if column.dtype.kind == "f" else column
        for column in attributes.values()
    ]
    write_table(path, ("customer_id", *attributes), zip(customer_ids(world), *columns, strict=True))


def _write_media(world: World, files: dict[str, Path]) -> None:
    """Each channel has one advertising account, and each campaign one ad set for its audience."""
    media, names = world.media, world.spec.names
    audience_of = [AUDIENCES[audience][0] for audience in media.campaign_audience]
    campaigns = (
        (name, _title(name), names[channel], audience, f"{names[channel]}-account")
        for name, channel, audience in zip(
            media.campaign, media.campaign_channel, audience_of, strict=True
        )
    )
    write_table(files["campaigns"], ("id", "name", "channel", "audience", "account_id"), campaigns)
    creatives = (
        (
            name,
            _title(name),
            FORMATS[i % len(FORMATS)],
            media.campaign[parent],
            f"{media.campaign[parent]}-{audience_of[parent]}",
        )
        for i, (name, parent) in enumerate(
            zip(media.creative, media.creative_campaign, strict=True)
        )
    )
    write_table(files["creatives"], ("id", "name", "format", "campaign", "ad_set_id"), creatives)
    audiences = ((audience, name, parent or "") for audience, name, parent in AUDIENCES)
    write_table(files["audiences"], ("id", "name", "parent"), audiences)


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _write_spend(market: Market, path: Path) -> None:
    spec = market.spec
    days = np.datetime_as_string(START_MS // DAY_MS + np.arange(spec.days).astype("datetime64[D]"))
    rows = (
        (day, spec.names[channel], campaign.name, f"{spend:.2f}", CURRENCY)
        for channel, campaign, by_day in zip(
            spec.channel_of, spec.campaigns, market.spend, strict=True
        )
        for day, spend in zip(days, by_day, strict=True)
    )
    write_table(path, ("date", "channel", "campaign_id", "cost", "currency"), rows)


def write_table(path: Path, head: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    """Write a CSV file with a line of names."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _iso(times: NDArray[np.int64], *, dates_only: bool = False) -> list[str]:
    """Epoch milliseconds as ISO 8601 in UTC, or as their dates."""
    texts = np.datetime_as_string(times.astype("datetime64[ms]"), unit="D" if dates_only else "ms")
    return [*map(str, texts)] if dates_only else [f"{text}Z" for text in texts]


def _money(amounts: NDArray[np.float64], places: int) -> Iterable[str]:
    return (f"{amount:.{places}f}" for amount in amounts)
