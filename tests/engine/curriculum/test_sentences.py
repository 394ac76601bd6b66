"""Sentences that no list holds: every part whole and in order, no control among the words."""

from __future__ import annotations

from random import Random

from engine.curriculum.sentences import among_words, made_up
from engine.tokenizer import ASCII

PARTS = ("one red circle", "on slate", "in a frame")


def test_parts_stand_whole_and_in_order_among_other_words() -> None:
    texts = {among_words(PARTS, Random(seed)) for seed in range(300)}
    assert len(texts) > 290
    for text in texts:
        places = [text.lower().index(part) for part in PARTS]
        assert places == sorted(places)
        assert text[0].isupper()
        assert text[-1] in ".!?"
        assert "  " not in text
        assert set(text) <= set(ASCII) - set("[]<>{}")


def test_made_up_words_are_letters_and_many() -> None:
    words = {made_up(Random(seed)) for seed in range(300)}
    assert len(words) > 280
    assert all(word.replace(" ", "").isalpha() and word.islower() for word in words)
