from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attrigraph.cli.tables.channels import show
from attrigraph.services.channels import ChannelReport, RuleSetUse, RuleUse, SourceMedium

if TYPE_CHECKING:
    from collections.abc import Callable

    Printed = Callable[..., list[str]]

PAIR = SourceMedium("www.a-rather-long-host.example", "referral", 1_200)
RULES = RuleSetUse(
    "channels of the shop",
    None,
    "other",
    (RuleUse(1, "brand search", 0, ()), RuleUse(2, None, 1_200, (PAIR,))),
    (SourceMedium("", "pigeon", 3), SourceMedium("loft", "", 1)),
)
REPORT = ChannelReport(1_206, 1, 1, (RULES,))


@pytest.mark.parametrize("width", [32, 60, 120])
def test_nothing_is_cut_off(width: int, in_terminal: Printed) -> None:
    lines = in_terminal(width, show, REPORT, top=5)
    assert max(map(len, lines)) <= width
    text = "".join("".join(lines).split())
    for part in (
        "channelsoftheshop",
        "2(unknown):",
        "1,200",
        "referral",
        "1rulethatfitsnotouch;--allshowseach",
        "4touchesthatnorulefits:other",
        "(none)/pigeon",
        "loft/(none)",
        "1touchwithachannelthatthefilenames",
    ):
        assert part in text, part


def test_rules_without_touches_are_shown_with_all(in_pipe: Printed) -> None:
    assert any("1 brand search" in line for line in in_pipe(show, REPORT, top=None))
    hidden = in_pipe(show, REPORT, top=1)
    assert not any("brand search" in line for line in hidden)
    assert "1 more row; --all shows each" in hidden


def test_files_without_touches_are_named_so(in_pipe: Printed) -> None:
    assert in_pipe(show, ChannelReport(0, 0, 0, ())) == ["the files have no touches"]
