"""Texts that people read are in plain English: phrases that had to be translated at first reading do not come back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.docs.pages import ROOT

_SOURCES = ("*.md", "docs/**/*.md", "denorm_assets/**/*.py", "denorm_assets/**/*.sql", "tests/unit/errors.txt")
"""Globs of the files that are held to the list."""

_PHRASES = {
    "heals the rest": "the next refresh picks up the rest",
    "stands back while it beats": "skips while the worker's heartbeat is fresh",
    "mend": "fix",
    "mends": "fixes",
    "mended": "fixed",
    "fares": "is, works or fails",
    "takes the name in an instant": "is swapped in by a rename",
    "declared no more": "no longer declared",
    "goes on when it is called again": "resumes when you run it again",
    "takes away what a failed one left half-way": "rolls back a failed apply",
    "put wrong behind everybody's back": "silently corrupted",
    "nothing is deleted along": "purge never cascades",
    "nothing is ever deleted along": "purge never cascades",
    "whom to tell of failed runs and checks": "where alerts go",
    "the declaration has to be corrected first": "invalid declaration",
    "is none of ours": "was not created by denorm-assets",
    "lock could not be had": "could not acquire the lock",
    "people go on reading": "readers still see the previous version",
    "ask in portions": "split them into batches",
    "not an id of the kind": "expected bigint",
    "it is used again by itself": "it is retried automatically",
    "stays so and is tried again": "is kept and retried with backoff",
    "has to wait": "is blocked",
    "do not say the same": "do not match",
    "begin no further": "time limit; the next run resumes",
    "repair nothing more once": "stop repairing after this many differing rows",
    "for those who look later": "reason, stored with the flag",
    "owners forgotten": "owners invalidated",
    "all of it: ": "total: ",
    "the data stay": "data is kept",
    "one target at a time, please": "expected one target",
    "things that were made for": "objects created for",
    "no keeper beats": "no active worker heartbeat",
    "fail again and again: mend": "keep failing; see the last error",
    "changes are shown in time": "the change backlog is within its limit",
    "how systems fare": "health",
    "are not so beside each other": "must not run concurrently",
    "waiting for what others hold": "lock acquisition with short timeouts and retries",
    "each query is as much faster as its target": "every query meets its speed-up target",
    "that a person means it": "confirmation",
    "beginning anew": "is stale; restarting",
    "what answers there is no redis": "the server does not speak the Redis protocol",
    "0/0 ranges": "no ranges",
    "1 steps": "1 step",
}
"""What was written once, and what says the same plainly. Upper and lower case, and line breaks, do not matter."""


def _pattern(phrase: str) -> re.Pattern[str]:
    """`phrase` as whole words, over line ends too."""
    body = r"\s+".join(re.escape(word) for word in phrase.split())
    return re.compile(rf"(?<![\w/]){body}(?!\w)", re.IGNORECASE)


_PATTERNS = {phrase: _pattern(phrase) for phrase in _PHRASES}


def _found(text: str) -> Iterator[str]:
    """Line and remedy of each phrase of the list in `text`."""
    for phrase, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield f"line {line}: {match[0]!r}; write: {_PHRASES[phrase]}"


@pytest.mark.parametrize("glob", _SOURCES)
def test_texts_hold_no_phrase_to_avoid(glob: str) -> None:
    files = sorted(ROOT.glob(glob))
    assert files, f"no file is called {glob}"
    faults = [f"{_name(file)}, {fault}" for file in files for fault in _found(file.read_text(encoding="utf-8"))]
    assert faults == []


def test_phrase_search_finds_across_line_ends_and_any_case() -> None:
    assert list(_found("Whoever comes second Has\nto wait.")) == ["line 1: 'Has\\nto wait'; write: is blocked"]
    assert list(_found("11 steps; 1 stepson")) == []
    assert len(list(_found("1 steps"))) == 1


def _name(file: Path) -> str:
    return str(file.relative_to(ROOT))
