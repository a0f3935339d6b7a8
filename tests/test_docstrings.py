"""Docstrings name modules, functions and classes that exist."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from prose import docstrings

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "platform"
MODULES = sorted(SOURCE.rglob("*.py"))
PACKAGES = {path.parent.name for path in SOURCE.rglob("__init__.py")}
REFERENCE = re.compile(r"``([a-z_]\w*(?:\.\w+)+)(?:\(\))?``")


def test_references_to_modules_resolve() -> None:
    unresolved = {
        (str(path.relative_to(SOURCE)), name)
        for path in MODULES
        for name in REFERENCE.findall(docstrings(path.read_text(encoding="utf-8")))
        if name.split(".")[0] in PACKAGES and not _resolves(name, path)
    }
    assert unresolved == set()


def test_a_reference_to_a_module_that_is_gone_is_found() -> None:
    module = SOURCE / "attrigraph" / "attribution" / "analysis.py"
    assert _resolves("attribution.models.select", module)
    assert not _resolves("attribution.moments", module)
    assert not _resolves("attribution.models.no_such_function", module)


def _resolves(name: str, path: Path) -> bool:
    """Whether a dotted name exists below one of the packages around a module."""
    parts = name.split(".")
    return any(_exists(folder, parts) for folder in path.parents if folder.is_relative_to(SOURCE))


def _exists(folder: Path, parts: list[str]) -> bool:
    """Whether a package has a module, and the module what is named in it."""
    if not parts:
        return True
    if (folder / parts[0]).is_dir():
        return _exists(folder / parts[0], parts[1:])
    module = folder / f"{parts[0]}.py"
    if module.exists():
        return len(parts) == 1 or parts[1] in _names(module)
    return (folder / "__init__.py").exists() and parts[0] in _names(folder / "__init__.py")


@cache
def _names(module: Path) -> frozenset[str]:
    """What a module defines or imports at its top level."""
    names: set[str] = set()
    for node in ast.parse(module.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        else:
            targets = ast.walk(node)
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return frozenset(names)
