from __future__ import annotations

from attrigraph.bloom.drawing import DrawnLabel, DrawnRelationship, read_drawing
from attrigraph.bloom.indexed import indexed_properties
from graph_page import PAGE, described_labels, described_relationships

DRAWING = read_drawing()
LABELS = {label.name: label for label in DRAWING.labels}


def test_every_label_is_drawn_with_its_properties_or_is_bookkeeping() -> None:
    described = described_labels()
    bookkeeping = {name for name in DRAWING.bookkeeping if not name.startswith("__Neo4jMigration")}
    assert bookkeeping <= set(described)
    assert {name: sorted(label.properties) for name, label in LABELS.items()} == {
        name: sorted(properties)
        for name, properties in described.items()
        if name not in bookkeeping
    }
    assert all(f"`{name}`" in PAGE for name in DRAWING.bookkeeping - bookkeeping)


def test_every_relationship_type_is_drawn_with_its_properties_or_hidden() -> None:
    described = described_relationships()
    hidden = set(DRAWING.hidden_relationships)
    assert all(f"`{name}`" in PAGE for name in hidden)
    assert {one.name: sorted(one.properties) for one in DRAWING.relationships} == {
        name: sorted(properties) for name, properties in described.items() if name not in hidden
    }


def test_relationships_lead_from_and_to_drawn_labels() -> None:
    ends = {label for one in DRAWING.relationships for path in one.paths for label in path}
    assert ends <= set(LABELS)


def test_captions_and_hidden_properties_are_properties() -> None:
    everything: list[DrawnLabel | DrawnRelationship] = [*DRAWING.labels, *DRAWING.relationships]
    for drawn in everything:
        assert set(drawn.caption) <= set(drawn.properties), drawn.name
    for label in DRAWING.labels:
        assert label.hidden <= set(label.properties), label.name
        assert not label.hidden & set(label.caption), label.name


def test_labels_that_meet_in_pictures_have_different_colours() -> None:
    met = ["Customer", "Touchpoint", "Conversion", "Channel", "Campaign", "Creative", "Audience"]
    assert len({LABELS[name].color for name in met}) == len(met)


def test_the_schema_indexes_the_keys_of_nodes_alone() -> None:
    indexed = indexed_properties()
    assert ("Customer", ("id",)) in indexed
    assert ("Conversion", ("timestamp",)) in indexed
    assert ("CreativeDay", ("creativeId", "audienceId", "date")) in indexed
    assert "CREDITED" not in dict(indexed)
    described = described_labels()
    for label, keys in indexed:
        assert set(keys) <= set(described[label]), label
