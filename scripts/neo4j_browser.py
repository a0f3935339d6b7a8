"""Use Neo4j Browser as people do, in a headless Chromium, and list what the page requests.

    python scripts/neo4j_browser.py [--home FOLDER] [--screenshot FILE] [STATEMENT_FILE ...]

Connects to the running stores of a home, sets the parameters of the cookbook, pastes the files (by
default a query of the cookbook), and prints the rows. Exits with 1 if the page requested anything
that is not on this computer. Installs nothing: Chromium or Chrome must be there.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from chromium import Chromium, find_chromium

ROOT: Final = Path(__file__).resolve().parents[1]
COOKBOOK: Final = ROOT / "docs" / "cookbook.md"
LOOPBACK: Final = ("127.0.0.1", "localhost")
_FRAMES: Final = "document.querySelectorAll('article[data-testid=frame]')"
_FRAME: Final = "document.querySelector('article[data-testid=frame]')"
_BANNER: Final = "document.querySelector('[data-testid=disconnectedBanner]')"
_CTRL: Final = 2


def connect(page: Chromium, address: str, password: str) -> None:
    """Open the page of Neo4j Browser and fill in its form."""
    page.call("Page.navigate", url=address)
    page.wait_for(
        f"{_BANNER} && document.querySelector('[data-testid=password]')?.checkVisibility()"
    )
    for name, value in (("username", "neo4j"), ("password", password)):
        field = f"document.querySelector('[data-testid={name}]')"
        page.evaluate(f"({field}.focus(), {field}.select())")
        page.call("Input.insertText", text=value)
    page.evaluate("document.querySelector('[data-testid=connect]').click()")
    page.wait_for(f"!{_BANNER} && {_FRAMES}.length > 1")


def run(page: Chromium, text: str) -> str:
    """Paste a command or statement into the editor and run it; returns what its frame shows."""
    shown = page.evaluate(f"{_FRAMES}.length")
    page.evaluate(
        f"""(() => {{
          const data = new DataTransfer();
          data.setData('text/plain', {json.dumps(text)});
          const editor = document.querySelector('[data-testid=activeEditor] textarea');
          editor.focus();
          editor.dispatchEvent(
            new ClipboardEvent('paste', {{clipboardData: data, bubbles: true, cancelable: true}}));
        }})()"""
    )
    page.press("Enter", 13, _CTRL)
    page.wait_for(
        f"{_FRAMES}.length > {shown} && !{_FRAME}.querySelector('[data-testid=spinner]') && "
        f"{_FRAME}.querySelector('[data-testid=frameContents]')?.innerText"
    )
    return str(page.evaluate(f"{_FRAME}.innerText"))


def rows(page: Chromium) -> list[list[str]]:
    """The table of the newest frame, its head first."""
    found: list[list[str]] = page.evaluate(
        f"[...{_FRAME}.querySelectorAll('table tr')].map("
        "row => [...row.querySelectorAll('th, td')].map(cell => cell.innerText.trim()))"
    )
    return found


def recipe() -> str:
    """The command that sets parameters, as the cookbook prints it."""
    (command,) = re.findall(r"^```\n(:params .*?)\n```$", COOKBOOK.read_text("utf-8"), re.MULTILINE)
    return str(command)


def elsewhere(addresses: list[str]) -> list[str]:
    """The addresses that are not on this computer; data in the address itself is."""
    parts = [(address, urlsplit(address)) for address in addresses]
    return [
        address
        for address, part in parts
        if part.scheme not in {"data", "blob"} and part.hostname not in LOOPBACK
    ]


def main() -> int:
    """Connect, run the statements, and list the requests."""
    from attrigraph.local.credentials import read_credentials
    from attrigraph.local.stack import home_of, look
    from attrigraph.settings import Settings

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="of the running stores; default: the usual one")
    parser.add_argument("--screenshot", type=Path, help="write what the page shows at the end")
    parser.add_argument("files", nargs="*", type=Path, help="statements to paste")
    options = parser.parse_args()
    chromium = find_chromium()
    home = home_of(Settings(home=options.home) if options.home else Settings())
    (stack, _), credentials = look(home), read_credentials(home)
    if chromium is None or stack is None or credentials is None:
        print("needs Chromium or Chrome, and a home whose stores run", file=sys.stderr)
        return 2
    with Chromium(chromium) as page:
        connect(page, stack.browser, credentials.neo4j_password)
        run(page, recipe())
        for file in options.files or [ROOT / "cypher" / "explore" / "top_paths.cypher"]:
            shown = run(page, file.read_text(encoding="utf-8"))
            print(*(" | ".join(row) for row in rows(page) or [[shown]]), sep="\n")
        if options.screenshot:
            page.screenshot(options.screenshot)
        refused = sorted(set(elsewhere(page.blocked)))
        sent = [address for address in elsewhere(page.requests) if address not in refused]
    print(f"{len(page.requests)} requests; blocked by the policy of the page: {refused or 'none'}")
    print(f"left this computer: {sent or 'none'}")
    return 1 if sent else 0


if __name__ == "__main__":
    sys.exit(main())
