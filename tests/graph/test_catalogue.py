import pytest

from attrigraph.errors import InputError
from attrigraph.graph import catalogue
from attrigraph.graph.catalogue import Parameter, parse


def test_a_statement_has_a_summary_and_the_parameters_of_its_header() -> None:
    text = (
        "// Returns a touch,\n"
        "// if there is one.\n"
        "// $id STRING: the touch's id,\n"
        "// or '$x'\n"
        "// $list LIST<STRING>: some\n"
        "MATCH (t {id: $id}) WHERE t.kind IN $list AND t.x = '$no' // not $this\n"
        'RETURN t, "$nor", `$that` /* nor $these */\n'
    )
    found = parse("area/verb", text)
    assert found.name == "area/verb"
    assert found.text == text
    assert found.summary == "Returns a touch, if there is one."
    assert found.parameters == (
        Parameter("id", "STRING", "the touch's id, or '$x'"),
        Parameter("list", "LIST<STRING>", "some"),
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("MATCH (n) RETURN n", "says what it returns"),
        ("// Returns\nRETURN $x", r"declares no parameters, its text uses \$x"),
        ("// Returns\n// $x STRING: of no use\nRETURN 1", r"declares \$x, its text uses no"),
        ("// Returns\n// $x STRING: a\n// $x STRING: b\nRETURN $x", r"declares \$x, \$x"),
    ],
)
def test_a_header_that_is_not_that_of_its_text_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse("area/verb", text)


def test_an_unknown_statement_is_named_with_those_that_are_known() -> None:
    with pytest.raises(InputError, match=r"'ingest/nothing'.*ingest/create_touches"):
        catalogue.query("ingest/nothing")


@pytest.mark.parametrize("name", catalogue.names())
def test_every_statement_of_the_project_can_be_read(name: str) -> None:
    assert catalogue.query(name).summary


def test_names_of_one_area_are_sorted_and_migrations_of_the_schema_are_no_statements() -> None:
    names = catalogue.names("ingest")
    assert list(names) == sorted(names)
    assert all(name.startswith("ingest/") for name in names)
    assert not any(name.startswith("schema/") for name in catalogue.names())
