"""The guide for Neo4j Browser: slides with statements that a click puts into the editor."""

from __future__ import annotations

import tomllib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrigraph.graph.catalogue import query

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILE: Final = Path(__file__).with_name("guide.toml")


def guide() -> str:
    """The text of the page."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    slides = "".join(f"<slide>\n{''.join(_slide(one))}</slide>\n" for one in content["slide"])
    title = escape(content["title"])
    return (
        f'<article class="guide">\n<title>{title}</title>\n'
        f'<carousel class="deck container-fluid">\n{slides}</carousel>\n</article>\n'
    )


def _slide(slide: Mapping[str, Any]) -> Iterator[str]:
    yield f"<h3>{escape(slide['title'])}</h3>\n<p>{escape(slide['text'])}</p>\n"
    for command in slide.get("commands", ()):
        yield _runnable(command)
    for name in slide.get("statements", ()):
        statement = query(name)
        yield f"<p>{escape(statement.summary)}</p>\n{_runnable(statement.text)}"


def _runnable(text: str) -> str:
    return f'<pre class="pre-scrollable code runnable">{escape(text.strip())}</pre>\n'
