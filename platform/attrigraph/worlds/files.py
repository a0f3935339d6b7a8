"""Writes a world as files that the loader takes, with ``truth.json`` beside them."""

from __future__ import annotations

import csv
import json
import tempfile
from dataclasses import asdict
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from attrigraph.errors import InputError
from attrigraph.worlds.event_table import customer_ids, event_ids
from attrigraph.worlds.media import AUDIENCES, FORMATS
from attrigraph.worlds.truth import Truth
from attrigraph.worlds.world import DEVICES, REGIONS, START_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from attrigraph.worlds.spec import WorldSpec
    from attrigraph.worlds.world import World

TABLES: Final = ("events", "customers", "campaigns", "creatives", "audiences")
"""The tables of a world; each is a CSV file of that name."""

FILES: Final = frozenset({*(f"{name}.csv" for name in TABLES), "truth.json"})


def write_world(world: World, folder: Path) -> dict[str, Path]:
    """Write the world's files into a folder, which is made if it is not there.

    Returns:
        The files by what they hold: events, customers, campaigns, creatives, audiences, truth.

    Raises:
        InputError: when the folder holds something else already, or cannot be written.
    """
    files = {name: folder / f"{name}.csv" for name in TABLES} | {"truth": folder / "truth.json"}
    make_room(folder)
    try:
        # the truth goes first and comes last, so that a world cut short is never taken for whole
        files["truth"].unlink(missing_ok=True)
        _write_events(world, files["events"])
        _write_customers(world, files["customers"])
        _write_media(world, files)
        files["truth"].write_text(json.dumps(truth_json(world), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error
    return files


def make_room(folder: Path) -> None:
    """Make a folder for a world, or see that it holds none but an earlier world's files.

    Raises:
        InputError: when it holds something else, or cannot be made, read or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        others = sorted({path.name for path in folder.iterdir()} - FILES)
    except OSError as error:
        raise _unwritable(folder, error) from error
    if others:
        raise InputError(
            f"the folder {folder} must be empty or hold an earlier world, and it holds"
            f" {others[0]!r}; name another folder"
        )


def _unwritable(folder: Path, error: OSError) -> InputError:
    why = (error.strerror or str(error)).lower()
    return InputError(f"a world cannot be written into {folder} ({why}); name another folder")


def truth_json(world: World) -> dict[str, Any]:
    """What ``truth.json`` holds: the truth, what was observed, and how the world is made."""
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
        "channels": {
            name: {"credit": credit, "removal": removal}
            for name, credit, removal in zip(
                truth.channels, truth.credit, truth.removal, strict=True
            )
        },
        "measured_on": truth.measured_on,
        "made_of": _made_of(world.spec),
    }


def holds_world(folder: Path, spec: WorldSpec, seed: int, customers: int) -> bool:
    """Whether a folder holds all files of just this world; ``truth.json`` is the last written."""
    try:
        told = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
        drawn = (told["seed"], told["customers"], told["made_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    made = json.loads(json.dumps(_made_of(spec)))
    whole = all((folder / f"{name}.csv").is_file() for name in TABLES)
    return whole and drawn == (seed, customers, made)


def read_truth(path: Path) -> Truth:
    """The truth of a ``truth.json``.

    Raises:
        InputError: when the file cannot be read or is no truth.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        channels = told["channels"]
        return Truth(
            channels=tuple(channels),
            credit=tuple(float(line["credit"]) for line in channels.values()),
            removal=tuple(float(line["removal"]) for line in channels.values()),
            baseline=float(told["expected"]["baseline"]),
            total=float(told["expected"]["conversions"]),
            customers=int(told["customers"]),
            measured_on=int(told["measured_on"]),
        )
    except OSError as error:
        raise InputError(
            f"the truth {path} cannot be read ({(error.strerror or str(error)).lower()}); "
            "write a world with `attrigraph simulate --out DIR` first"
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} is not the truth of a world as `attrigraph simulate` writes it: {error!r}"
        ) from error


def _made_of(spec: WorldSpec) -> dict[str, Any]:
    made = asdict(spec)
    made["synergies"] = [
        {"channels": list(pair), "weight": weight} for pair, weight in made["synergies"].items()
    ]
    return made


def _write_events(world: World, path: Path) -> None:
    ids, media = customer_ids(world), world.media
    kinds = np.array([channel.kind for channel in world.spec.channels], dtype=object)
    audiences = np.array([audience for audience, _, _ in AUDIENCES], dtype=object)
    touches = zip(
        event_ids("t", len(world.channel)),
        ids[world.touch_customer],
        _iso(world.touch_time),
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
        _iso(world.conversion_time),
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
    _write(path, head, chain(touches, conversions))


def _write_customers(world: World, path: Path) -> None:
    known = world.customers
    rows = zip(
        customer_ids(world),
        (f"{x:.6f}" for x in known.intent_score),
        known.past_purchases,
        np.array(REGIONS, dtype=object)[known.region],
        np.array(DEVICES, dtype=object)[known.device],
        strict=True,
    )
    _write(path, ("customer_id", "intent_score", "past_purchases", "region", "device"), rows)


def _write_media(world: World, files: dict[str, Path]) -> None:
    media, names = world.media, world.spec.names
    campaigns = (
        (name, name.replace("-", " ").capitalize(), names[channel], AUDIENCES[audience][0])
        for name, channel, audience in zip(
            media.campaign, media.campaign_channel, media.campaign_audience, strict=True
        )
    )
    _write(files["campaigns"], ("id", "name", "channel", "audience"), campaigns)
    creatives = (
        (name, name.replace("-", " ").capitalize(), FORMATS[i % len(FORMATS)], media.campaign[of])
        for i, (name, of) in enumerate(zip(media.creative, media.creative_campaign, strict=True))
    )
    _write(files["creatives"], ("id", "name", "format", "campaign"), creatives)
    audiences = ((audience, name, parent or "") for audience, name, parent in AUDIENCES)
    _write(files["audiences"], ("id", "name", "parent"), audiences)


def _write(path: Path, head: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def _iso(times: NDArray[np.int64]) -> list[str]:
    """Epoch milliseconds as ISO 8601 in UTC."""
    return [f"{text}Z" for text in np.datetime_as_string(times.astype("datetime64[ms]"))]


def _money(amounts: NDArray[np.float64], places: int) -> Iterable[str]:
    return (f"{amount:.{places}f}" for amount in amounts)
