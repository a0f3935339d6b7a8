"""Neo4j Browser, as ``up`` serves it, in a headless Chromium: what it answers and requests."""

from __future__ import annotations

import json
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from chromium import Chromium, find_chromium
from neo4j_browser import connect, elsewhere, recipe, rows, run

from attrigraph.bloom.folder import write_bloom_files
from attrigraph.graph.explore import queries, run_query
from attrigraph.local.credentials import read_credentials
from attrigraph.local.record import PROCESSES
from attrigraph.local.stack import home_of, look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from attrigraph.settings import Settings
    from attrigraph.stores import Stores

# the values of the recipe
VALUES: dict[str, Any] = {
    "from": "2026-06-01T00:00Z",
    "to": "2026-07-01T00:00Z",
    "lookbackDays": 30,
    "limit": 10,
    "model": "linear",
    "level": "channel",
    "run": None,
}
ANSWERED = ("last_touches", "top_paths", "time_lag", "credit_by_channel", "models_side_by_side")


@pytest.fixture
def chromium() -> str:
    """The path of Chromium."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium or Chrome on the path")
    return found


@pytest.fixture
def page(chromium: str, settings: Settings) -> Iterator[Chromium]:
    """A page of Neo4j Browser that is connected."""
    home = home_of(settings)
    (stack, _), credentials = look(home), read_credentials(home)
    if stack is None or stack.kind != PROCESSES or credentials is None:
        pytest.skip("the stores are no processes of this computer, whose page this is about")
    with Chromium(chromium) as opened:
        connect(opened, stack.browser, credentials.neo4j_password)
        yield opened


def test_the_recipe_of_the_cookbook_answers_and_nothing_outside_loopback_is_requested(
    page: Chromium, small_graph: Stores
) -> None:
    assert "Successfully set your parameters" in run(page, recipe())
    for name in ANSWERED:
        run(page, queries()[name].text)
        head, *found = rows(page)
        given = {parameter.name: VALUES[parameter.name] for parameter in queries()[name].parameters}
        expected = run_query(small_graph.driver, name, given)
        assert head[1:] == list(expected[0])
        answers = [[json.loads(cell) for cell in row[1:]] for row in found]
        assert answers == [list(row.values()) for row in expected], name
    assert any(address.startswith("ws://127.0.0.1:") for address in page.requests)
    assert set(elsewhere(page.requests)) - set(page.blocked) == set()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of a server on this computer that has the generated files."""
    write_bloom_files(tmp_path)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(tmp_path))

        def end_headers(self) -> None:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "*")
            super().end_headers()

        def do_OPTIONS(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def test_the_style_and_the_guide_are_taken(page: Chromium, served: str) -> None:
    assert "node.Touchpoint" in run(page, f":style {served}/style.grass")
    shown = run(page, f":play {served}/guide.html")
    assert recipe() in shown
    assert "1 / 4" in shown


def test_the_policy_of_the_page_blocks_requests_elsewhere(page: Chromium) -> None:
    outcome = "fetch('https://example.com/').then(() => 'sent', () => 'blocked')"
    assert page.evaluate(outcome) == "blocked"
    assert "https://example.com/" not in page.requests


def test_a_request_elsewhere_would_be_listed(chromium: str) -> None:
    with Chromium(chromium) as page:  # an empty page, without a policy
        page.evaluate("fetch('https://example.com/').catch(() => null)")
        assert elsewhere(page.requests) == ["https://example.com/"]
        assert page.blocked == []
