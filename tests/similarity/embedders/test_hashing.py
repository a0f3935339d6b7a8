from __future__ import annotations

import random
import re
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from attrigraph.similarity.embedders.hashing import HashingEmbedder
from campaign_briefs import read_briefs

EMBEDDER = HashingEmbedder()


def test_features_of_a_short_text_are_weighted_as_by_hand() -> None:
    # "ab ab": the word, <ab, ab>, and <ab> occur twice, with weight 1 + ln 2; the text has .1
    (vector,) = EMBEDDER.embed(["ab ab"])
    twice, once = 1 + np.log(2), 0.1
    length = np.sqrt(4 * twice**2 + once**2)
    expected = [once / length, *[twice / length] * 4]
    np.testing.assert_allclose(np.sort(np.abs(vector[vector != 0])), expected, rtol=1e-6)


def test_vectors_of_this_version_never_change() -> None:
    # when these change, so does the version
    (vector,) = EMBEDDER.embed(["ab"])
    components = {int(n): round(float(vector[n]), 5) for n in np.flatnonzero(vector)}
    expected = {30: 0.49938, 66: -0.49938, 174: 0.49938, 188: -0.49938, 267: -0.04994}
    assert (EMBEDDER.version, components) == ("1", expected)


def test_another_process_with_another_hash_seed_gives_the_same_vectors() -> None:
    code = (
        "from attrigraph.similarity.embedders.hashing import HashingEmbedder\n"
        "print(HashingEmbedder().embed(['Sommer-Sale in München']).tobytes().hex())"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    vector = np.frombuffer(bytes.fromhex(done.stdout), dtype=np.float32)
    np.testing.assert_array_equal(vector, EMBEDDER.embed(["Sommer-Sale in München"])[0])


def test_spellings_of_one_text_have_one_vector() -> None:
    vectors = EMBEDDER.embed(["Straße café", "STRASSE  cafe\u0301", "ｓｔｒａｓｓｅ_café!"])  # noqa: RUF001
    np.testing.assert_array_equal(vectors[1:], vectors[:1].repeat(2, axis=0))


@given(st.lists(st.text(), max_size=5))
def test_every_text_with_a_letter_or_digit_has_a_unit_vector(texts: list[str]) -> None:
    texts = [text for text in texts if re.search(r"[^\W_]", text)]
    vectors = EMBEDDER.embed(texts)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_cosines_of_texts_without_shared_features_are_unbiased() -> None:
    rng = random.Random(1)
    alphabets = ("abcdefghijklm", "nopqrstuvwxyz")
    texts = [
        " ".join("".join(rng.choices(letters, k=7)) for _ in range(20))
        for letters in alphabets
        for _ in range(200)
    ]
    cosines = np.diagonal(EMBEDDER.embed(texts[:200]) @ EMBEDDER.embed(texts[200:]).T)
    assert abs(cosines.mean()) < 3 * 384**-0.5 / 200**0.5
    assert 0.8 < cosines.std() * 384**0.5 < 1.2


def test_a_text_is_found_by_some_of_its_words_with_letters_missing() -> None:
    briefs = read_briefs()
    rng = random.Random(3)
    queries = [_misspelt(rng, text) for text in briefs.texts]
    cosines = EMBEDDER.embed(queries) @ EMBEDDER.embed(briefs.texts).T
    ranks = (cosines > np.diagonal(cosines)[:, None]).sum(axis=1) + 1
    assert (1 / ranks).mean() >= 0.98  # words alone: .66


def _misspelt(rng: random.Random, text: str) -> str:
    """Eight words of a text, the longer ones without one of their letters."""
    words = rng.sample(re.findall(r"[^\W_]+", text), 8)
    return " ".join(_without_a_letter(rng, word) if len(word) > 4 else word for word in words)


def _without_a_letter(rng: random.Random, word: str) -> str:
    n = rng.randrange(1, len(word) - 1)
    return word[:n] + word[n + 1 :]
