"""The sample calls of docs/cookbook.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "cookbook.md"


def calls_of_the_cookbook() -> list[tuple[str, dict[str, Any]]]:
    """Name and parameters of each call of ``run_query``."""
    calls = [
        node
        for block in re.findall(r"```python\n(run_query.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Call)
    ]
    return [(ast.literal_eval(call.args[1]), ast.literal_eval(call.args[2])) for call in calls]
