from __future__ import annotations

from attrigraph.bloom.favourites import favourites
from attrigraph.bloom.statements import phrases
from attrigraph.graph.catalogue import parse
from attrigraph.graph.explore import queries

FILES = favourites()


def test_the_first_line_is_a_name_of_its_own() -> None:
    names = [text.splitlines()[0] for text in FILES.values()]
    assert names[list(FILES).index("top_paths.cypher")] == "// Top paths"
    assert all(name.startswith("// ") for name in names)
    assert len(set(names)) == len(names)


def test_the_rest_is_the_statement() -> None:
    rest = {name: text.split("\n", 1)[1] for name, text in FILES.items()}
    assert rest == {
        **{f"{name}.cypher": query.text for name, query in queries().items()},
        **{f"draw_{name}.cypher": phrase.text for name, phrase in phrases().items()},
    }


def test_a_favourite_still_declares_its_parameters() -> None:
    for name, text in FILES.items():
        assert parse(name, text).parameters == parse(name, text.split("\n", 1)[1]).parameters
