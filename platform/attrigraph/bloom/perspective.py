"""The perspective for Neo4j Bloom: categories, search phrases, and what is hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from attrigraph.bloom.drawing import read_drawing
from attrigraph.bloom.indexed import indexed_properties
from attrigraph.bloom.statements import phrases, suggestions

if TYPE_CHECKING:
    from attrigraph.bloom.drawing import DrawnLabel, DrawnRelationship
    from attrigraph.graph.catalogue import Parameter, Query

VERSION: Final = "2.4.0"
"""Of the form; newer versions of Bloom read it."""
CREATED: Final = 1_767_225_600_000
"""The time of every perspective in milliseconds, so that equal content is the same file."""
PALETTE: Final = (
    *("#FFE081", "#C990C0", "#F79767", "#57C7E3", "#F16667", "#D9C8AE", "#8DCC93", "#ECB5C9"),
    *("#4C8EDA", "#FFC454", "#DA7194", "#569480", "#848484", "#D9D9D9"),
)
"""Colours that Bloom offers for further categories."""
_NAME_OF_TYPE: Final = "0_REL_TYPE_CAPTION_KEY"
"""What Bloom calls the caption that is the name of the relationship type."""


def perspective() -> dict[str, Any]:
    """The perspective as JSON."""
    drawing = read_drawing()
    labels = {label.name for label in drawing.labels}
    return {
        "name": "attrigraph",
        "id": str(uuid5(NAMESPACE_URL, "attrigraph/bloom/perspective")),
        "version": VERSION,
        "createdAt": CREATED,
        "lastEditedAt": CREATED,
        "isAuto": False,
        "parentPerspectiveId": None,
        "categories": [_category(n, label) for n, label in enumerate(drawing.labels, start=1)],
        "labels": {label.name: _typed(label) for label in drawing.labels},
        "relationshipTypes": [_relationship_type(one) for one in drawing.relationships],
        "palette": {"colors": list(PALETTE), "currentIndex": 0},
        "templates": [_template(n, one) for n, one in enumerate(phrases().values(), start=1)],
        "sceneActions": [],
        "hiddenRelationshipTypes": list(drawing.hidden_relationships),
        "hiddenCategories": [],
        "hideUncategorisedData": True,
        "metadata": {
            "pathSegments": [
                {"source": source, "relationshipType": one.name, "target": target}
                for one in drawing.relationships
                for source, target in one.paths
            ],
            "indexes": [
                {"label": label, "type": "native", "propertyKeys": list(keys)}
                for label, keys in indexed_properties()
                if label in labels
            ],
            "stats": {"labels": {}, "relationshipTypes": {}},
        },
    }


def _category(number: int, label: DrawnLabel) -> dict[str, Any]:
    return {
        "id": number,
        "name": label.name,
        "labels": [label.name],
        "properties": [
            {"name": name, "exclude": name in label.hidden, "dataType": type_}
            for name, type_ in label.properties.items()
        ],
        "createdAt": CREATED,
        "lastEditedAt": CREATED,
        "color": label.color,
        "size": label.size,
        "icon": label.icon,
        "captionKeys": list(label.caption),
    }


def _relationship_type(one: DrawnRelationship) -> dict[str, Any]:
    return {
        "id": one.name,
        "name": one.name,
        "properties": _typed(one),
        "color": one.color,
        "size": one.size,
        "captionKeys": list(one.caption) or [_NAME_OF_TYPE],
    }


def _typed(drawn: DrawnLabel | DrawnRelationship) -> list[dict[str, str]]:
    return [
        {"propertyKey": name, "type": drawn.name, "dataType": type_}
        for name, type_ in drawn.properties.items()
    ]


def _template(number: int, phrase: Query) -> dict[str, Any]:
    return {
        "name": phrase.summary,
        "id": f"tmpl:{CREATED + number}",
        "createdAt": CREATED + number,
        "text": phrase.title,
        "cypher": phrase.text,
        "isUpdateQuery": None,
        "params": [_parameter(parameter) for parameter in phrase.parameters],
        "hasCypherErrors": False,
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": f"${parameter.name}",
        "dataType": "String",
        "collapsed": False,
        "suggestionLabel": None,
        "suggestionProp": None,
        "suggestionBoolean": False,
        "cypher": suggestions()[parameter.name].text,
    }
