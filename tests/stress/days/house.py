"""The systems of the days, as files that can be edited: the shipped `topics` with a view more, and a second one."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.systems.topics import declaration

SYSTEMS = ("newsroom:SYSTEM", "archive:SYSTEM")
_SHIPPED = Path(declaration.__file__).parent
_TABLES = re.compile(r"\btopics\.(?=topics|entries|topic_tags|entry_|\{)")
_NEWEST = "SELECT topic_id, max(published_at) AS newest_at\nFROM entry_topics\nGROUP BY topic_id\n"
_NEWEST_DECLARED = """
TOPIC_NEWEST = ReadModel(
    name="topic_newest", definition=SqlFile(_SQL / "topic_newest.sql"), key=("topic_id",), refresh=Full()
)

SYSTEM = System("""


def build_house(root: Path) -> None:
    """Write both systems below `root`: `newsroom` declares the system `topics`, `archive` declares `archive`."""
    newsroom = _copied(root / "newsroom")
    (newsroom / "sql" / "topic_newest.sql").write_text(_NEWEST, encoding="utf-8")
    edit(
        newsroom / "declaration.py",
        ("    Example,\n", "    Example,\n    Full,\n"),
        ("\nSYSTEM = System(", _NEWEST_DECLARED),
        ("(ENTRY_TOPICS, ENTRY_TITLE_TOPICS)", "(ENTRY_TOPICS, ENTRY_TITLE_TOPICS, TOPIC_NEWEST)"),
    )
    archive = _copied(root / "archive")
    edit(
        archive / "declaration.py",
        ('name="topics"', 'name="archive"'),
        ('schema="topics"', 'schema="archive"'),
        ('"topics_read_models"', '"archive_read_models"'),
        # It is there to be begun anew.
        ("default_scale=20_000", "default_scale=5_000"),
    )
    for file in (archive / "tables.py", archive / "sql" / "sample.sql"):
        text = file.read_text(encoding="utf-8").replace('schema="topics"', 'schema="archive"')
        file.write_text(_TABLES.sub("archive.", text), encoding="utf-8")


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Replace what stands in `file`, as an editor does."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, f"{file} has no {old!r}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def read_models(root: Path, package: str = "newsroom") -> dict[str, ReadModel]:
    """The read models of a package by name, as its files are at the moment of reading."""
    sql = root / package / "sql"
    models = [declaration.ENTRY_TOPICS, declaration.ENTRY_TITLE_TOPICS]
    found = [replace(model, definition=SqlFile(sql / f"{model.name}.sql")) for model in models]
    newest = SqlFile(sql / "topic_newest.sql")
    if newest.path.exists():
        found.append(ReadModel("topic_newest", newest, ("topic_id",), refresh=Full()))
    return {model.name: model for model in found}


def _copied(folder: Path) -> Path:
    shutil.copytree(_SHIPPED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("denorm_assets.systems.topics", folder.name), encoding="utf-8")
    return folder
