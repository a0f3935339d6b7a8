from __future__ import annotations

import re
from html import unescape
from xml.etree import ElementTree

from neo4j_browser import recipe

from attrigraph.bloom.guide import guide
from attrigraph.graph.catalogue import names, query

PAGE = ElementTree.fromstring(guide())
RUNNABLE = [one.text or "" for one in PAGE.iter("pre")]


def test_it_has_slides_with_a_title_a_text_and_something_to_run() -> None:
    slides = list(PAGE.iter("slide"))
    assert len(slides) >= 4
    for slide in slides:
        assert [one.tag for one in slide][:2] == ["h3", "p"]
        assert slide.find("pre") is not None
    assert {one.get("class") for one in PAGE.iter("pre")} == {"pre-scrollable code runnable"}


def test_it_sets_the_parameters_as_the_cookbook_does() -> None:
    assert RUNNABLE[0] == recipe()


def test_all_else_that_it_runs_is_a_statement_or_sets_a_parameter() -> None:
    statements = {query(name).text.strip() for name in names()}
    others = [text for text in RUNNABLE if text not in statements]
    assert all(text.startswith(":param") for text in others)
    assert unescape(guide()).count(":param") == len(others)


def test_what_it_runs_takes_parameters_that_it_sets() -> None:
    commands = [text for text in RUNNABLE if text.startswith(":param")]
    given = {name for text in commands for name in re.findall(r"(\w+)(?=: | =>)", text)}
    used = {one for text in RUNNABLE for one in re.findall(r"^// \$(\w+) ", text, re.MULTILINE)}
    assert used <= given
