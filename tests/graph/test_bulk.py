import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest

from attrigraph.domain import NO_TIME, Categorical, Conversions, EventTable, Touches
from attrigraph.errors import InputError
from attrigraph.graph.bulk import ImportFiles


def texts(*values: str) -> np.ndarray:
    column = np.empty(len(values), object)
    column[:] = values
    return column


def one_customer(name: str, first: str, second: str, time: int) -> EventTable:
    return EventTable(
        texts(name),
        np.array([7], np.int32),
        Touches(
            texts(first, second),
            np.zeros(2, np.int32),
            np.array([time, time + 1500]),
            np.zeros(2, np.int32),
            np.array([0, 1], np.int32),
            Categorical(("click",), np.zeros(2, np.int32)),
            Categorical(("mail",), np.array([0, -1], np.int32)),
            Categorical(("k",), np.array([0, -1], np.int32)),
            Categorical((), np.array([-1, -1], np.int32)),
            np.array([0.1, np.nan]),
        ),
        Conversions(
            texts(f"v {name}"),
            np.zeros(1, np.int32),
            np.array([time + 4000]),
            np.zeros(1, np.int32),
            np.zeros(1, np.int32),
            Categorical(("sale",), np.zeros(1, np.int32)),
            np.array([2.5]),
        ),
    )


def rows(folder: Path, name: str) -> list[list[str]]:
    found = []
    for place in range(len(list(folder.glob(f"{name}.[0-9]*.csv")))):
        with (folder / f"{name}.{place}.csv").open(newline="", encoding="utf-8") as file:
            found += list(csv.reader(file))
    return found


def test_files_hold_numbered_nodes_and_their_links(tmp_path: Path) -> None:
    files = ImportFiles(tmp_path)
    files.add(one_customer("a", "t1", 'a, "b"', 1_000))
    files.add(one_customer("b", "t3", "t4", 86_400_000))
    arguments = files.arguments()
    assert rows(tmp_path, "Customer") == [["0", "a", "7", "1"], ["1", "b", "7", "1"]]
    assert rows(tmp_path, "Touchpoint") == [
        ["0", "t1", "a", "1970-01-01T00:00:01.000Z", "0", "click", "mail", "0.1", "", "", "", "1"],
        ["1", 'a, "b"', "a", "1970-01-01T00:00:02.500Z", "1", "click", "", "", "", "", "", "1"],
        ["2", "t3", "b", "1970-01-02T00:00:00.000Z", "0", "click", "mail", "0.1", "", "", "", "1"],
        ["3", "t4", "b", "1970-01-02T00:00:01.500Z", "1", "click", "", "", "", "", "", "1"],
    ]
    assert rows(tmp_path, "TOUCHED") == [["0", "0"], ["0", "1"], ["1", "2"], ["1", "3"]]
    assert rows(tmp_path, "PRECEDED") == [["0", "1", "1"], ["2", "3", "1"]]
    assert rows(tmp_path, "MADE") == [["0", "0"], ["1", "1"]]
    assert rows(tmp_path, "CONVERTED") == [["1", "0", "2"], ["3", "1", "2"]]
    assert rows(tmp_path, "Campaign") == [["0", "k"]]
    assert rows(tmp_path, "SERVED_CAMPAIGN") == [["0", "0"], ["2", "0"]]
    assert (files.touches, files.conversions, files.multiline) == (4, 2, False)
    assert "--nodes=Campaign=Campaign.header.csv,Campaign.0.csv" in arguments
    served = "--relationships=SERVED=SERVED_CAMPAIGN.header.csv,SERVED_CAMPAIGN.0.csv"
    assert [part for part in arguments if part.startswith(served)] == [
        f"{served},SERVED_CAMPAIGN.1.csv"
    ]
    assert (tmp_path / "SERVED_CAMPAIGN.header.csv").read_text() == (
        ":START_ID(Touchpoint),:END_ID(Campaign)\n"
    )


def test_events_without_times_have_none_in_the_files(tmp_path: Path) -> None:
    events = one_customer("a", "t1", "t2", 0)
    timeless = dataclasses.replace(events.touches, time=np.full(2, NO_TIME))
    files = ImportFiles(tmp_path)
    files.add(dataclasses.replace(events, touches=timeless))
    assert [row[3] for row in rows(tmp_path, "Touchpoint")] == ["", ""]
    assert rows(tmp_path, "PRECEDED") == [["0", "1", ""]]


def test_line_breaks_in_values_set_an_option_of_the_import(tmp_path: Path) -> None:
    files = ImportFiles(tmp_path)
    files.add(one_customer("two\nlines", "t1", "t2", 0))
    assert "--multiline-fields=true" in files.arguments()


def test_times_outside_the_range_of_the_import_are_rejected(tmp_path: Path) -> None:
    events = one_customer("a", "t1", "t2", 253_402_300_800_000)
    with pytest.raises(InputError, match=r"'t1' has a time outside the years 1 to 9999"):
        ImportFiles(tmp_path).add(events)
