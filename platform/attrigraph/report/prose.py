"""Messages as HTML in which options and commands are set as code."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup

from attrigraph.escaping import escape_control

CODE: Final = re.compile(r"(`[^`]+`|(?<![\w-])--[a-z][a-z-]*)")
"""A command in backticks, or an option."""


def prose(message: str) -> Markup:
    """A message, escaped, with its options and commands as code; a line breaks in no option."""
    parts = CODE.split(escape_control(message))
    return Markup("").join(_code(part) if n % 2 else part for n, part in enumerate(parts))


def _code(part: str) -> Markup:
    is_option = part.startswith("--")
    start = Markup('<code class="option">') if is_option else Markup("<code>")
    return start + part.strip("`") + Markup("</code>")
