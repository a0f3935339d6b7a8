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
    statement = parse("area/verb", text)
    assert statement.name == "area/verb"
    assert statement.text == text
    assert statement.summary == "Returns a touch, if there is one."
    assert statement.parameters == (
        Parameter("id", "STRING", "the touch's id, or '$x'"),
        Parameter("list", "LIST<STRING>", "some"),
    )


def test_a_title_is_no_part_of_the_summary() -> None:
    statement = parse(
        "area/verb", "// title: Touch $id\n// Returns a touch.\n// $id STRING: its id\nRETURN $id"
    )
    assert (statement.title, statement.summary) == ("Touch $id", "Returns a touch.")
    assert parse("area/verb", "// Returns 1.\nRETURN 1").title == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("MATCH (n) RETURN n", "must begin with a comment on what it returns"),
        ("// Returns\nRETURN $x", r"declares no parameters, but its text uses \$x"),
        ("// Returns\n// $x STRING: of no use\nRETURN 1", r"declares \$x, but its text uses no"),
        ("// Returns\n// $x STRING: a\n// $x STRING: b\nRETURN $x", r"declares \$x, \$x"),
    ],
)
def test_a_header_that_does_not_match_its_text_is_rejected(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse("area/verb", text)


def test_the_error_for_an_unknown_statement_lists_the_available_ones() -> None:
    with pytest.raises(InputError, match=r"'ingest/nothing'.*ingest/create_touches"):
        catalogue.query("ingest/nothing")


@pytest.mark.parametrize("name", catalogue.names())
def test_every_statement_of_the_project_is_valid(name: str) -> None:
    assert catalogue.query(name).summary


def test_names_are_sorted_and_do_not_include_the_schema() -> None:
    names = catalogue.names("ingest")
    assert list(names) == sorted(names)
    assert all(name.startswith("ingest/") for name in names)
    assert not any(name.startswith("schema/") for name in catalogue.names())
