"""The page on attention names every use case and file, shows its pictures, and its examples run."""

import re
from pathlib import Path

import pytest
import torch

from attention import USE_CASES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "attention.md").read_text()


@pytest.mark.usefixtures("as_a_user_calls_it")
def test_the_examples_run_one_after_the_other() -> None:
    torch.manual_seed(0)
    names: dict[str, object] = {}
    examples = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) == 4
    for example in examples:
        exec(compile(example, "docs/attention.md", "exec"), names)


@pytest.mark.parametrize("use_case", USE_CASES)
def test_each_use_case_is_in_the_table_with_the_file_of_its_mechanism(use_case: str) -> None:
    row = next(line for line in PAGE.splitlines() if f"| `{use_case}` |" in line)
    module = USE_CASES[use_case].mechanism.__module__.removeprefix("attention.")
    assert f"`{module.replace('.', '/')}.py`" in row
    assert USE_CASES[use_case].question.rstrip("?") in row


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"\]\((images/[^)]+)\)", PAGE)
    assert len(pictures) == 8
    assert all((DOCS / picture).is_file() for picture in pictures)
