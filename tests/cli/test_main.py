"""The command line as a whole: what fails is one sentence."""

from __future__ import annotations

import pytest

from attrigraph.cli import main


def test_too_little_memory_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def out_of_memory() -> None:
        raise MemoryError

    monkeypatch.setattr(main, "cli", out_of_memory)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("Error: there is not enough memory")
