"""Settings shared by the tests of the attention mechanisms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jaxtyping
import pytest
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest.register_assert_rewrite("attention_contract")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """At these sizes a second thread only adds waiting."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def as_a_user_calls_it() -> Iterator[None]:
    """Switch the checks of shapes in types off, so that our own messages are seen."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)
