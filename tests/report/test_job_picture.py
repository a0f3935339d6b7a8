"""Pictures of scheduled jobs are read back, and drawn things compared with the jobs."""

from __future__ import annotations

from xml.etree import ElementTree

from attrigraph.report.job_picture import BOX, CHAIN, draw_jobs

SVG = "{http://www.w3.org/2000/svg}"
INPUTS = {"load": [], "spend": [], "attribute": ["load", "spend"], "report <a>": ["attribute"]}
LEVELS = {"load": 0, "spend": 0, "attribute": 1, "report <a>": 2}


def drawn(chain: list[str]) -> ElementTree.Element:
    return ElementTree.fromstring(draw_jobs(LEVELS, INPUTS, chain, {"load": 2.0, "attribute": 9.0}))


def test_each_job_is_a_box_in_the_column_of_its_level() -> None:
    boxes = drawn([]).findall(f"{SVG}rect")
    assert len({(box.get("x"), box.get("y")) for box in boxes}) == len(LEVELS)
    left = [int(box.get("x") or 0) for box in boxes]
    assert left[0] == left[1]
    assert left[1] + BOX[0] < left[2] < left[2] + BOX[0] < left[3]


def test_names_and_times_are_written() -> None:
    texts = [text.text for text in drawn([]).findall(f"{SVG}text")]
    assert texts == [
        *("load", "2.0 s", "spend", "never ran", "attribute", "9.0 s", "report <a>", "never ran")
    ]


def test_lines_lead_from_inputs_and_those_of_the_chain_are_coloured() -> None:
    lines = drawn(["load", "attribute", "report <a>"]).findall(f"{SVG}path")
    assert [line.get("stroke") == CHAIN for line in lines] == [False, True, True]
    assert all(line.get("stroke") != CHAIN for line in drawn([]).findall(f"{SVG}path"))


def test_an_input_that_is_no_job_has_no_line() -> None:
    picture = ElementTree.fromstring(draw_jobs({"a": 0}, {"a": ["elsewhere"]}, ["a"], {}))
    assert picture.findall(f"{SVG}path") == []
    assert ElementTree.fromstring(draw_jobs({}, {}, [], {})).findall(f"{SVG}rect") == []
