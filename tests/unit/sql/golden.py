"""Golden files: SQL as it was when a person last read it. `DENORM_UPDATE_GOLDEN=1` writes them anew."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from denorm_assets.db.postgres.compose import collect_params, show
from denorm_assets.sql.statement import Statement

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, statements: Mapping[str, Statement]) -> None:
    """Compare statements, each under its title, with `golden/<name>.sql`."""
    text = "\n".join(f"-- {title}{_params(statement)}\n{show(statement)};\n" for title, statement in statements.items())
    path = FOLDER / f"{name}.sql"
    if os.environ.get("DENORM_UPDATE_GOLDEN"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"there is no {path}; read the statements, then run again with DENORM_UPDATE_GOLDEN=1"
    assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; DENORM_UPDATE_GOLDEN=1 writes it anew"


def _params(statement: Statement) -> str:
    params = collect_params(statement)
    return f"  {', '.join(f'{key}={value!r}' for key, value in sorted(params.items()))}" if params else ""
