from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attrigraph.domain import NO_TIME
from attrigraph.errors import InputError
from attrigraph.samples import pathdata
from attrigraph.staging.channels import rules_of
from long_forms import examples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.staging.conftest import Reasons, Rows, Stage, Write

    from attrigraph.domain import PathCounts

HEADER = "path,total_conversions,total_conversion_value,total_null\n"


def walked(counts: PathCounts) -> dict[tuple[str, ...], tuple[float, ...]]:
    """Path counts as {path: (conversions, value, nulls)}."""
    return {
        tuple(counts.keys[code] for code in counts.codes[start:end]): tuple(
            float(column[place]) for column in (counts.conversions, counts.value, counts.nulls)
        )
        for place, (start, end) in enumerate(
            zip(counts.offsets[:-1], counts.offsets[1:], strict=True)
        )
    }


def test_counts_are_expanded_to_one_customer_a_journey(
    staged: Stage, write: Write, rows: Rows
) -> None:
    result = staged(write("p.csv", HEADER + "a > b,2,3,1\n,0,0,1\n"), source="paths")
    events = result.events()
    assert len(events.customers) == 4
    touches, conversions = rows(events)["touches"], rows(events)["conversions"]
    assert (
        sorted(row[1:3] + row[4:6] for row in touches)
        == [(NO_TIME, 0, "touch", "a")] * 3 + [(NO_TIME, 1, "touch", "b")] * 3
    )
    assert [row[1:3] + row[4:] for row in conversions] == [(NO_TIME, 2, "conversion", 1.5)] * 2
    assert all(key.startswith(f"{customer}:") for customer, _, _, key, *_ in touches)
    assert len({row[3] for row in touches}) == 6
    counts = result.counts
    assert (counts.read, counts.touches, counts.conversions, counts.customers) == (2, 6, 2, 4)


def test_path_counts_need_no_journeys(staged: Stage, write: Write) -> None:
    result = staged(
        write("p.csv", HEADER + "b > a,1,2,0\na,0,0,4\n,1,5,2\nb > a,2,1,3\nzero,0,0,0\n"),
        source="paths",
    )
    counts = result.path_counts()
    assert counts.keys == ("a", "b")
    assert walked(counts) == {("b", "a"): (3, 3, 3), ("a",): (0, 0, 4), (): (1, 5, 2)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,-1,0,0", "negative"),
        ("a,1,-1,0", "negative"),
        ("a,1,0,-1", "negative"),
        ("a,NaN,0,0", "not-finite"),
        ("a,1,nan,0", "not-finite"),
        ("a,1,inf,0", "not-finite"),
        ("a,1,0,-Infinity", "not-finite"),
        ("a,1.5,0,0", "bad-count"),
        ("a,1,0,0.5", "bad-count"),
        ("a,,0,0", "bad-count"),
        ("a,1,0,", "bad-count"),
        ("a,one,0,0", "bad-count"),
        ("a,1e300,0,0", "bad-count"),
        ("a,1,much,0", "bad-number"),
        ("a,0,1,1", "value-without-conversion"),
        ("a >  > b,1,0,0", "empty-channel"),
        (" > b,1,0,0", "empty-channel"),
        ("b > ,1,0,0", "empty-channel"),
        ("a,1,0", "ragged"),
    ],
)
def test_a_bad_row_is_rejected_with_its_reason(
    row: str, reason: str, staged: Stage, write: Write, reasons: Reasons
) -> None:
    result = staged(write("p.csv", f"{HEADER}ok,1,1,1\n{row}\nok,1.0,,2e0\n"), source="paths")
    assert reasons(result) == [(3, reason)]
    assert walked(result.path_counts()) == {("ok",): (2, 1, 3)}


NAMES = st.sampled_from(["a", "aa", "start", "null", "conversion", "a >b", ">", " a", "é\n", '"x"'])


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(10, long=25)
)
@given(
    paths=st.lists(
        st.tuples(st.lists(NAMES, max_size=4), st.integers(0, 3), st.integers(0, 3)), max_size=8
    ),
    separator=st.sampled_from([" > ", "|", ">>"]),
    data=st.data(),
)
def test_row_order_and_row_splitting_change_nothing(
    paths: list[tuple[list[str], int, int]],
    separator: str,
    data: st.DataObject,
    staged: Stage,
    tmp_path: Path,
    rows: Rows,
) -> None:
    counted = [(separator.join(names), made, lost) for names, made, lost in paths]
    wanted: dict[tuple[str, ...], list[float]] = {}
    pieces: list[tuple[str, int, float, int]] = []
    for path, conversions, nulls in counted:
        if separator * 2 in path or path.startswith(separator) or path.endswith(separator):
            continue
        if conversions + nulls:
            key = tuple(path.split(separator)) if path else ()
            total = wanted.setdefault(key, [0, 0, 0])
            for place, amount in enumerate((conversions, conversions * 0.25, nulls)):
                total[place] += amount
        cut = data.draw(st.integers(0, conversions))
        pieces += [
            (path, cut, cut * 0.25, nulls),
            (path, conversions - cut, (conversions - cut) * 0.25, 0),
        ]
    pieces = data.draw(st.permutations(pieces))
    whole = [(path, c, c * 0.25, n) for path, c, n in counted if _sound(path, separator)]

    def written(name: str, lines: Sequence[tuple[object, ...]]) -> Path:
        table = io.StringIO(newline="")
        csv.writer(table).writerows([HEADER.strip().split(","), *lines])
        (tmp_path / name).write_bytes(table.getvalue().encode())
        return tmp_path / name

    half = len(pieces) // 2
    with (
        staged(written("w.csv", whole), source="paths", separator=separator) as one,
        staged(
            written("x.csv", pieces[:half]),
            written("y.csv", pieces[half:]),
            source="paths",
            separator=separator,
        ) as two,
    ):
        assert rows(one.events()) == rows(two.events())
        assert walked(one.path_counts()) == walked(two.path_counts())
        assert walked(one.path_counts()) == {key: tuple(map(float, n)) for key, n in wanted.items()}


def _sound(path: str, separator: str) -> bool:
    return not (separator * 2 in path or path.startswith(separator) or path.endswith(separator))


def test_values_of_equal_paths_add_up_the_same_in_any_order(staged: Stage, write: Write) -> None:
    values = [0.1, 1e16, 0.3, -0.0 + 0.7, 1e-9] * 7
    lines = [f"a,1,{value!r},0" for value in values]
    one = staged(write("a.csv", HEADER + "\n".join(lines)), source="paths").path_counts()
    two = staged(write("b.csv", HEADER + "\n".join(reversed(lines))), source="paths").path_counts()
    assert one.value.tolist() == two.value.tolist()


def test_columns_that_are_absent_count_as_nothing_and_that_is_reported(
    staged: Stage, write: Write
) -> None:
    result = staged(write("p.csv", "path,total_conversions\na,2\n"), source="paths")
    assert walked(result.path_counts()) == {("a",): (2, 0, 0)}
    assert result.notes == ("the paths have no total_null: every journey in them converted",)


def test_the_sample_has_the_known_sums(staged: Stage) -> None:
    result = staged(pathdata(), source="paths")
    counts = result.path_counts()
    assert (counts.conversions.sum(), counts.nulls.sum()) == (19785, 68602)
    assert counts.value.sum() == pytest.approx(74802.9716, abs=1e-4)
    assert (len(counts), len(counts.keys)) == (5408, 12)
    events = result.events()
    assert (len(events.customers), len(events.conversions)) == (88387, 19785)
    assert len(events.touches) == result.counts.touches == len(np.unique(events.touches.id))
    assert events.conversions.value.sum() == pytest.approx(74802.9716, abs=1e-4)


def test_where_a_journey_comes_from_is_known(staged: Stage, write: Write) -> None:
    path = write("p.csv", HEADER + "a,0,0,1\nb > c,1,1,0\nb > c,1,1,0\n")
    result = staged(path, source="paths")
    events = result.events()
    assert result.locate("conversion", events.conversions.id.tolist()) == [(str(path), 3)] * 2
    a = events.touches.channel.keys.index("a")
    touch = events.touches.id[events.touches.channel.codes == a].tolist()
    assert result.locate("touch", touch) == [(str(path), 2)]


def test_counts_beyond_all_measure_are_not_expanded(staged: Stage, write: Write) -> None:
    result = staged(write("p.csv", HEADER + "a,9007199254740991,1,0\n"), source="paths")
    assert result.path_counts().conversions.tolist() == [9007199254740991]
    with pytest.raises(InputError, match="more than the 500,000,000 that can be loaded"):
        result.events()


def test_paths_go_with_neither_events_nor_customers(staged: Stage, write: Write) -> None:
    from attrigraph.staging import preset

    paths = write("p.csv", HEADER)
    events = write("e.csv", "customer_id,timestamp,kind\n")
    customers = write("c.csv", "customer_id,age\n")
    with pytest.raises(InputError, match="paths have an order and no times, rows of events have"):
        staged(paths, events, source=preset("paths", "events"))
    with pytest.raises(InputError, match="paths name no customers"):
        staged(paths, customers, source=preset("paths", "customers"))


def test_events_have_no_path_counts(staged: Stage, write: Write) -> None:
    result = staged(write("e.csv", "customer_id,timestamp,kind\n"), source="events")
    with pytest.raises(InputError, match="must hold counts of paths, and hold events"):
        result.path_counts()


def test_files_without_rows_give_empty_tables(staged: Stage, write: Write) -> None:
    for name, source in ((HEADER, "paths"), ("customer_id,timestamp,kind\n", "events")):
        result = staged(write(f"{source}.csv", name), source=source)
        assert len(result.events().customers) == 0
        assert list(result.batches()) == []
        assert result.counts.read == 0


@pytest.mark.parametrize(
    ("row", "n_rows"),
    [
        ("a,9007199254740992,1,0\n", 2000),
        ("a,9007199254740992,1,0\n", 2),
        ("a,1,1,9007199254740992\n", 2),
        ("a,1,1e308,0\n", 2),
    ],
)
def test_rows_of_a_path_that_add_up_to_no_number_are_reported(
    row: str, n_rows: int, staged: Stage, write: Write
) -> None:
    with pytest.raises(InputError, match="the rows of 1 path add up to more than"):
        staged(write("p.csv", HEADER + row * n_rows), source="paths")


def test_the_largest_counts_are_taken(staged: Stage, write: Write) -> None:
    largest = 2**53
    path = write("p.csv", HEADER + f"{' > '.join('abc' * 1000)},{largest},1,{largest}\n")
    from_paths = staged(path, source="paths")
    assert from_paths.counts.touches == 2 * largest * 3000
    assert from_paths.counts.conversions == largest


SOURCES = (
    "google / cpc > newsletter / email > google / organic,2,3,1\n"
    "(direct) / (none),1,0,0\n"
    "m.facebook.com / referral > podcast > https://a.example/x / banner,1,5,0\n"
    "bing / cpc > newsletter / email > duckduckgo / organic,1,1,0\n"
    ",0,0,1\n"
)


def test_rules_give_channels_to_steps_of_source_and_medium(staged: Stage, write: Write) -> None:
    path = write("p.csv", HEADER + SOURCES)
    result = staged(path, source="paths", channel_rules=rules_of("ga4"))
    assert walked(result.path_counts()) == {
        ("Paid Search", "Email", "Organic Search"): (3.0, 4.0, 1.0),
        ("Direct",): (1.0, 0.0, 0.0),
        ("Organic Social", "podcast", "Display"): (1.0, 5.0, 0.0),
        (): (0.0, 0.0, 1.0),
    }
    assert len(result.events().conversions) == 5
    plain = staged(path, source="paths")
    assert "google / cpc" in plain.path_counts().keys


def test_sources_that_no_rule_fits_are_counted(staged: Stage, write: Write) -> None:
    path = write("p.csv", HEADER + "google / cpc > x / y,1,1,0\nz / y,1,1,0\n")
    text = '[[rules]]\nchannel = "ads"\nmedium = { words = ["cpc"] }\n'
    result = staged(path, source="paths", channel_rules=rules_of(str(write("r.toml", text))))
    assert set(result.path_counts().keys) == {"ads", "x / y", "z / y"}
    note = "2 pairs of source and medium that no rule fits, such as 'x / y'; they stay as they are"
    assert note in result.notes
    others = rules_of(str(write("o.toml", f'otherwise = "rest"\n{text}')))
    assert set(staged(path, source="paths", channel_rules=others).path_counts().keys) == {
        "ads",
        "rest",
    }


def test_rules_that_cannot_be_about_steps_of_paths_are_errors(staged: Stage, write: Write) -> None:
    with pytest.raises(InputError, match="rules need steps of paths such as 'google / cpc'"):
        staged(
            write("p.csv", HEADER + "a > b,1,1,0\n"), source="paths", channel_rules=rules_of("ga4")
        )
    text = '[[rules]]\nchannel = "a > b"\nmedium = { words = ["cpc"] }\n'
    rules = rules_of(str(write("r.toml", text)))
    with pytest.raises(InputError, match="the channel 'a > b' of the rules holds ' > ', which sep"):
        staged(write("q.csv", HEADER + "a / cpc,1,1,0\n"), source="paths", channel_rules=rules)
