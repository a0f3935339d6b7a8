"""Messages as HTML: options and commands are code, all else is escaped."""

from __future__ import annotations

from attrigraph.report.prose import prose


def test_options_and_commands_are_code() -> None:
    assert prose("give --population, or run `attrigraph experiment plan` in the UK -- now") == (
        'give <code class="option">--population</code>, or run '
        "<code>attrigraph experiment plan</code> in the UK -- now"
    )


def test_markup_and_control_characters_are_escaped_everywhere() -> None:
    shown = prose("<b>a</b> --lift `<i>\u202e`")
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "\u202e" not in shown
    assert "&lt;i&gt;\\u202e</code>" in shown
