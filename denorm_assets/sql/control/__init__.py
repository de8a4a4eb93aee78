"""The fixed SQL: one `.sql` file per subject, each query under a heading `-- name --`."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from denorm_assets.sql.statement import Statement

_HEADING = re.compile(r"^-- (\w+) --$", re.MULTILINE)


@cache
def _queries(subject: str) -> dict[str, str]:
    text = files(__name__).joinpath(f"{subject}.sql").read_text(encoding="utf-8")
    parts = _HEADING.split(text)[1:]
    return {heading: body.strip() for heading, body in zip(parts[::2], parts[1::2], strict=True)}


def query(subject: str, heading: str, **params: object) -> Statement:
    """The query under `heading` in `<subject>.sql`, with its parameters bound. Raises KeyError for unknown headings."""
    return Statement(_queries(subject)[heading], params=params)


@cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """The control schema's migrations in order: (version, name, SQL)."""
    found: list[tuple[int, str, str]] = []
    for file in files(__name__).joinpath("migrations").iterdir():
        version, _, title = file.name.removesuffix(".sql").partition("_")
        if file.name.endswith(".sql"):
            found.append((int(version), title, file.read_text(encoding="utf-8")))
    return tuple(sorted(found))


@cache
def functions() -> tuple[str, ...]:
    """The control schema's functions: the SQL that makes each, in order of name.

    They are made again wherever they differ from their files. A change comes with a migration, if only an empty one, so
    that an older control schema is recognised as outdated.
    """
    folder = files(__name__).joinpath("functions")
    return tuple(file.read_text(encoding="utf-8") for file in sorted(folder.iterdir(), key=lambda file: file.name))
