"""Worlds as files: the loader takes them and finds the same facts; the truth comes back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from attrigraph.errors import InputError
from attrigraph.staging import StagingOptions, preset, stage
from attrigraph.worlds import files
from attrigraph.worlds.event_table import customer_attributes_of, event_table_of
from attrigraph.worlds.files import holds_world, read_truth, write_world
from attrigraph.worlds.world import simulate

WORLD = simulate("retailer", 2, 400, measured_on=50)


def test_the_loader_finds_the_facts_of_the_world(tmp_path):
    written = write_world(WORLD, tmp_path / "world")
    tables = [path for name, path in written.items() if name != "truth"]
    source = preset("events", "customers", "campaigns", "creatives", "audiences")
    with stage(tables, source, StagingOptions(keep_ids=True), folder=tmp_path / "st") as staged:
        assert staged.counts.refused == 0
        loaded = staged.events()
        people = list(staged.customer_attributes(1000))
    made = event_table_of(WORLD)
    assert sorted(loaded.touches.id) == sorted(made.touches.id)
    order, own = np.argsort(loaded.touches.id), np.argsort(made.touches.id)
    for name in ("channel", "campaign", "creative"):
        theirs, ours = getattr(loaded.touches, name), getattr(made.touches, name)
        assert (theirs.values()[order] == ours.values()[own]).all()
    assert (loaded.touches.time[order] == made.touches.time[own]).all()
    assert loaded.conversions.value.sum() == pytest.approx(WORLD.value.sum(), rel=1e-4)
    assert sum(len(part) for part in people) == 400
    assert set(people[0].columns) == set(customer_attributes_of(WORLD).columns)


def test_the_truth_is_read_back_as_it_was(tmp_path):
    written = write_world(WORLD, tmp_path)
    assert read_truth(written["truth"]) == WORLD.truth
    told = json.loads(written["truth"].read_text())
    assert told["observed"]["conversions"] == len(WORLD.converter)


def test_writing_again_replaces_an_earlier_world_but_nothing_else(tmp_path):
    write_world(WORLD, tmp_path)
    write_world(WORLD, tmp_path)
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(InputError, match=r"holds 'diary\.txt'"):
        write_world(WORLD, tmp_path)


def test_a_file_that_is_no_truth_is_refused(tmp_path):
    (tmp_path / "truth.json").write_text("[]")
    with pytest.raises(InputError, match="is not the truth of a world"):
        read_truth(tmp_path / "truth.json")


def test_a_folder_holds_a_world_when_all_of_it_is_there(tmp_path):
    assert not holds_world(tmp_path, WORLD.spec, 2, 400)
    write_world(WORLD, tmp_path)
    assert holds_world(tmp_path, WORLD.spec, 2, 400)
    assert not holds_world(tmp_path, WORLD.spec, 3, 400)
    assert not holds_world(tmp_path, replace(WORLD.spec, base=-6.0), 2, 400)
    (tmp_path / "creatives.csv").unlink()
    assert not holds_world(tmp_path, WORLD.spec, 2, 400)


def test_a_world_cut_short_has_no_truth(tmp_path, monkeypatch):
    write_world(WORLD, tmp_path)

    def full(world, files):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "_write_media", full)
    with pytest.raises(InputError, match=r"no space left on device.*name another folder"):
        write_world(WORLD, tmp_path)
    assert not (tmp_path / "truth.json").exists()
