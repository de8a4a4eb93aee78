"""The glossary defines a word once, and those that are easily mistaken for each other."""

from __future__ import annotations

import re
from collections import Counter

from tests.integration.docs.pages import read

_DEFINED = re.findall(r'^\| <a id="([a-z-]+)"></a>([^|]+?) \| ([^|]+) \|$', read("docs/glossary.md").text, re.MULTILINE)
_EASILY_MISTAKEN = (
    {"backfill", "warm-up", "load test"},
    {"check", "verify", "compare", "reconcile", "audit", "repair"},
    {"source", "driving source", "anchor", "range", "batch"},
    {"change log", "pending", "dispatch", "drain", "refresh", "capture"},
    {"expand", "fill", "switch", "contract", "soft delete", "purge"},
)


def test_glossary_word_is_defined_once_with_its_anchor() -> None:
    assert len(_DEFINED) > 40
    assert [word for word, count in Counter(word for _, word, _ in _DEFINED).items() if count > 1] == []
    assert [word for anchor, word, _ in _DEFINED if anchor != word.replace(" ", "-")] == []


def test_glossary_confusable_words_have_distinct_meanings() -> None:
    meanings = {word: meaning for _, word, meaning in _DEFINED}
    for words in _EASILY_MISTAKEN:
        assert words - meanings.keys() == set()
        assert len({meanings[word] for word in words}) == len(words)
