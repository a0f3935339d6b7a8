"""The examples on the page about the theories run, and its pictures are there."""

import dataclasses
import importlib
import re
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "theories.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_examples_run(example: str) -> None:
    torch.manual_seed(0)
    exec(compile(example, "docs/theories.md", "exec"), {})


def test_each_theory_is_described_with_its_picture() -> None:
    for name in ("mechanisms/transport", "mechanisms/mixed_curvature", "mechanisms/diffusion",
                 "learning/natural_gradient", "learning/bottleneck",
                 "monitoring/geometry_report"):  # fmt: skip
        assert f"`{name}.py`" in PAGE
    pictures = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert len(pictures) == 6
    assert all((DOCS / picture).is_file() for picture in pictures)


def test_no_result_of_a_theory_has_a_name_that_claims_too_much() -> None:
    for name in re.findall(r"`(\w+/\w+)\.py`", PAGE):
        module = importlib.import_module(f"attention.{name.replace('/', '.')}")
        for kind in vars(module).values():
            if not isinstance(kind, type):
                continue
            if dataclasses.is_dataclass(kind) and kind.__module__ == module.__name__:
                names = {kind.__name__, *(field.name for field in dataclasses.fields(kind))}
                assert not re.search(
                    "attribution|importance|credit|mutual", " ".join(names).lower()
                )
