"""Worlds as files: the loader reads the same events, and the truth is read back unchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.worlds import files
from attrigraph.worlds.data import START_MS
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.files import holds_world, read_truth, read_window, write_world
from attrigraph.worlds.truth import Truth
from attrigraph.worlds.world import simulate

if TYPE_CHECKING:
    from pathlib import Path

    from attrigraph.worlds.data import World

WORLD = simulate("retailer", 2, 400, measured_on=50)


def test_the_loader_reads_the_events_of_the_world(tmp_path: Path) -> None:
    written = write_world(WORLD, tmp_path / "world")
    tables = [path for name, path in written.items() if name != "truth"]
    source = preset("events", "customers", "campaigns", "creatives", "audiences")
    with stage(tables, source, StagingOptions(keep_ids=True), folder=tmp_path / "st") as staged:
        assert staged.counts.rejected == 0
        loaded = staged.events()
        attributes = list(staged.customer_attributes(1000))
    expected = event_table_of(WORLD)
    assert sorted(loaded.touches.id) == sorted(expected.touches.id)
    rows, expected_rows = np.argsort(loaded.touches.id), np.argsort(expected.touches.id)
    for name in ("channel", "campaign", "creative"):
        column, same = getattr(loaded.touches, name), getattr(expected.touches, name)
        assert (column.values()[rows] == same.values()[expected_rows]).all()
    assert (loaded.touches.time[rows] == expected.touches.time[expected_rows]).all()
    assert loaded.conversions.value.sum() == pytest.approx(WORLD.value.sum(), rel=1e-4)
    assert sum(len(part) for part in attributes) == 400
    assert set(attributes[0].columns) == set(customer_attributes_of(WORLD).columns)


def test_the_truth_is_read_back_unchanged(tmp_path: Path) -> None:
    written = write_world(WORLD, tmp_path)
    assert read_truth(written["truth"]) == WORLD.truth
    stored = json.loads(written["truth"].read_text())
    assert stored["observed"]["conversions"] == len(WORLD.converter)


def test_writing_again_replaces_an_earlier_world_but_no_other_files(tmp_path: Path) -> None:
    write_world(WORLD, tmp_path)
    write_world(WORLD, tmp_path)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match=r"contains 'diary\.txt'"):
        write_world(WORLD, tmp_path)


def test_the_baseline_is_stored_under_its_name_and_read_under_its_old_one(tmp_path: Path) -> None:
    path = write_world(WORLD, tmp_path)["truth"]
    stored = json.loads(path.read_text())
    assert stored["expected"]["baseline"] == WORLD.truth.baseline
    stored["expected"]["organic"] = stored["expected"].pop("baseline")
    path.write_text(json.dumps(stored))
    assert read_truth(path) == WORLD.truth


def test_the_truth_names_its_baseline_and_which_channels_are_identifiable(tmp_path: Path) -> None:
    world = simulate("navigation", 1, 200, measured_on=50)
    path = write_world(world, tmp_path)["truth"]
    stored = json.loads(path.read_text())
    assert stored["baseline"] == stored["expected"]["baseline"] == world.truth.baseline
    assert stored["identifiable"] == {
        "paid social": True, "video": True, "email": True, "brand search": False
    }  # fmt: skip
    assert read_truth(path) == world.truth
    assert holds_world(tmp_path, world.spec, 1, 200)
    assert read_truth(write_world(WORLD, tmp_path)["truth"]).identifiable == (True,) * 6


def test_a_world_without_a_list_of_customers_writes_none(tmp_path: Path) -> None:
    write_world(WORLD, tmp_path)
    unlisted = simulate("touched-only", 1, 200, measured_on=50)
    assert "customers" not in write_world(unlisted, tmp_path)
    assert not (tmp_path / "customers.csv").exists()
    assert holds_world(tmp_path, unlisted.spec, 1, 200)
    with pytest.raises(InputError, match="does not list its customers"):
        customer_attributes_of(unlisted)


def test_the_loader_reads_dates_as_the_world_means_them(tmp_path: Path) -> None:
    world = simulate("dates-only", 1, 300, measured_on=50)
    events = write_world(world, tmp_path / "world")["events"]
    options = StagingOptions(keep_ids=True, zone="UTC")
    with stage([events], preset("events"), options, folder=tmp_path / "st") as staged:
        assert staged.counts.rejected == 0
        loaded = staged.events()
    assert sorted(loaded.touches.time) == sorted(world.touch_time)
    assert sorted(loaded.conversions.time) == sorted(world.conversion_time)


@pytest.mark.parametrize("baseline", ["organic", "baseline"])
def test_a_flat_truth_is_read_with_the_customers_of_the_tables(
    baseline: str, tmp_path: Path
) -> None:
    flat = {
        "channels": {"tv": 30.0, "email": 12.5},
        "value": {"tv": 600.0, "email": 250.0},
        "removal": {"email": 11.0, "tv": 28.0},
        "total": 100.0,
        baseline: 57.5,
        f"{baseline}_value": 1150.0,
        "total_value": 2000.0,
    }
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(flat))
    (tmp_path / "customers.csv").write_text("customer_id,dummy\np1,1\np2,1\n")
    (tmp_path / "events.csv").write_text("event_id,customer_id\nt0,p2\nt1,p3\n")
    assert read_truth(path) == Truth(
        channels=("tv", "email"),
        credit=(30.0, 12.5),
        removal=(28.0, 11.0),
        baseline=57.5,
        total=100.0,
        customers=3,
        value=(600.0, 250.0),
    )
    assert read_window(path) is None


def test_the_window_is_that_of_the_world(tmp_path: Path) -> None:
    path = write_world(WORLD, tmp_path)["truth"]
    assert read_window(path) == (START_MS, WORLD.end_ms)
    path.write_text(json.dumps({"window": {"start": "2024-03-01T00:00:00Z"}}))
    with pytest.raises(InputError, match=r"the window in .* is not as"):
        read_window(path)


def test_a_file_without_truth_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "truth.json").write_text("[]")
    with pytest.raises(InputError, match="is not a truth as"):
        read_truth(tmp_path / "truth.json")


FLAT = {
    "channels": {"tv": 3.0},
    "removal": {"tv": 2.0},
    "total": 9.0,
    "organic": 6.0,
    "identifiable": {"radio": True},
}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{}", "it has no 'channels';"),
        (json.dumps(FLAT), "it has no 'identifiable.tv';"),
        (json.dumps(FLAT | {"removal": {}}), "it has no 'removal.tv';"),
        ('{"expected": {}, "channels": {"tv": {"credit": 1}}}', "it has no 'tv.removal';"),
        ('{\n"total": 1,,}', "line 2 is not JSON"),
        ("[]", "a value in it is of another type"),
        (json.dumps(FLAT | {"channels": {"tv": "many"}}), "a value in it has another form"),
    ],
)
def test_faults_of_a_truth_are_named_with_what_to_do(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(InputError, match="is not a truth as") as caught:
        read_truth(tmp_path / "truth.json")
    assert fault in str(caught.value)
    assert "write the world again" in str(caught.value)
    assert "Error" not in str(caught.value)


def test_a_folder_holds_a_world_if_it_is_complete(tmp_path: Path) -> None:
    assert not holds_world(tmp_path, WORLD.spec, 2, 400)
    write_world(WORLD, tmp_path)
    assert holds_world(tmp_path, WORLD.spec, 2, 400)
    assert not holds_world(tmp_path, WORLD.spec, 3, 400)
    assert not holds_world(tmp_path, replace(WORLD.spec, base=-6.0), 2, 400)
    (tmp_path / "creatives.csv").unlink()
    assert not holds_world(tmp_path, WORLD.spec, 2, 400)


def test_an_incomplete_world_has_no_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(WORLD, tmp_path)

    def full(world: World, files: dict[str, Path]) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_media", full)
    with pytest.raises(InputError, match=r"no space left on device.*choose another folder"):
        write_world(WORLD, tmp_path)
    assert not (tmp_path / "truth.json").exists()
