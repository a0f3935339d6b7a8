"""Names that are not quite right, with the nearest one in the message."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from attrigraph.attribution.models import select
from attrigraph.cli.main import cli
from attrigraph.domain.near_names import did_you_mean
from attrigraph.errors import InputError
from attrigraph.staging import preset


def test_the_nearest_name_is_proposed() -> None:
    assert did_you_mean("Metaads", ["meta-ads", "google-ads"]) == "; did you mean 'meta-ads'?"
    assert not did_you_mean("x", ["meta-ads"])


def test_presets_models_and_commands_have_near_names() -> None:
    with pytest.raises(InputError, match=r"got 'ga4-bigqury'; did you mean 'ga4-bigquery'\?$"):
        preset("ga4-bigqury")
    with pytest.raises(InputError, match=r"shapley-rate; did you mean 'last'\?$"):
        select(["lst"])
    result = CliRunner().invoke(cli, ["atribute"])
    assert result.exit_code == 2
    assert "No such command 'atribute'. Did you mean 'attribute'?" in result.stderr
    assert "No such command 'xyz'." in CliRunner().invoke(cli, ["xyz"]).stderr
