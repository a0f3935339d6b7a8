"""The bundled sample of paths has its known credit."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from attrigraph.cli.attribute import command
from attrigraph.samples import pathdata


def test_the_sample_is_attributed_from_its_file() -> None:
    options = ["--preset", "paths", "--models", "linear,markov-1", "--json"]
    result = CliRunner().invoke(
        command, ["--input", str(pathdata()), *options], catch_exceptions=False
    )
    answer = json.loads(result.stdout)
    assert answer["observed"]["journeys"] == 88_387
    assert answer["observed"]["conversions"] == 19_785
    credit = {
        name: {line["key"]: line["conversions"] for line in model["credits"]}
        for name, model in answer["models"].items()
    }
    assert credit["linear"]["alpha"] == pytest.approx(7574.72, abs=0.005)
    assert credit["markov-1"]["iota"] == pytest.approx(3884.61, abs=0.005)
