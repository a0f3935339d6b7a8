"""Weights show where a model looks: no result has a name that claims more."""

import dataclasses
import importlib
import inspect
import pkgutil

import pytest
import torch

import attention
from attention import USE_CASES, MarketingAttention

FORBIDDEN = ("attribution", "importance", "credit")

MODULES = [name for _, name, _ in pkgutil.walk_packages(attention.__path__, "attention.")]


def suspicious(names: list[str]) -> list[str]:
    return [name for name in names if any(word in name.lower() for word in FORBIDDEN)]


@pytest.mark.parametrize("module", MODULES)
def test_no_result_has_a_field_or_property_of_such_a_name(module: str) -> None:
    for _, found in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if not found.__module__.startswith("attention"):
            continue
        names = [name for name in vars(found) if not name.startswith("_")]
        if dataclasses.is_dataclass(found):
            names += [field.name for field in dataclasses.fields(found)]
        assert suspicious([found.__name__, *names]) == []


@pytest.mark.parametrize("module", MODULES)
def test_no_function_promises_such_a_thing(module: str) -> None:
    members = inspect.getmembers(importlib.import_module(module), inspect.isfunction)
    assert suspicious([name for name, f in members if f.__module__.startswith("attention")]) == []


@pytest.mark.usefixtures("as_a_user_calls_it")
@pytest.mark.parametrize("use_case", USE_CASES)
def test_no_diagnostic_has_such_a_name(use_case: str) -> None:
    wide = 384 if use_case == "cross_platform" else 16
    arguments = {"times": torch.arange(4.0)} if use_case == "attribution" else {}
    found = MarketingAttention(dim=16).compute(
        use_case, torch.randn(2, 16), torch.randn(4, wide), torch.randn(4, wide), **arguments
    )
    assert suspicious(list(found.diagnostics)) == []
