"""``attrigraph explain``: a conversion or ``--channels``, and never both."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from attrigraph.cli.main import cli
from attrigraph.errors import InputError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "explain needs the id of a conversion as the files have it"),
        (["c1", "--channels"], "--channels is for the whole run"),
        (["c1", "--channels", "--page", "x.html"], "--channels is for the whole run"),
    ],
)
def test_a_conversion_or_channels_is_needed(arguments: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CliRunner().invoke(cli, ["explain", *arguments], catch_exceptions=False)
