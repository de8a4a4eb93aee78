"""SQL files: what comes out can stand in parentheses."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from denorm_assets.model.sql_file import SqlFile, SqlText


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("SELECT 1", "SELECT 1"),
        ("SELECT 1;\n", "SELECT 1"),
        ("SELECT 1 ; ;\n;", "SELECT 1"),
        ("SELECT 1;\n-- done; really\n", "SELECT 1"),
        ("SELECT 1; /* done; */ ; -- yes", "SELECT 1"),
        ("SELECT 1 -- no semicolon; here", "SELECT 1 -- no semicolon; here"),
        ("SELECT ';--' AS separator", "SELECT ';--' AS separator"),
        ("SELECT ';';", "SELECT ';'"),
        ("SELECT $$a;\n;$$;", "SELECT $$a;\n;$$"),
        ('SELECT 1 AS ";"', 'SELECT 1 AS ";"'),
        ("SELECT 1; SELECT 2;", "SELECT 1; SELECT 2"),
        ("\n\n-- first\nSELECT 1;", "\n\n-- first\nSELECT 1"),
        ("SELECT 'never closed;", "SELECT 'never closed;"),
        ("SELECT '🦆;' || 'ñ';", "SELECT '🦆;' || 'ñ'"),
        (";", ""),
        ("", ""),
    ],
)
def test_sql_file_closing_semicolons_and_comments_are_dropped(tmp_path: Path, written: str, read: str) -> None:
    path = tmp_path / "definition.sql"
    path.write_text(written, encoding="utf-8")
    assert SqlFile(path).text == read


def test_sql_file_windows_line_ends_and_bom_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "definition.sql"
    path.write_bytes("\ufeffSELECT 1\r\nFROM a;\r\n".encode())
    assert SqlFile(path).text == "SELECT 1\nFROM a"


def test_sql_file_text_is_read_on_each_access(tmp_path: Path) -> None:
    file = SqlFile(tmp_path / "definition.sql")
    with pytest.raises(FileNotFoundError):
        _ = file.text
    file.path.write_text("SELECT 1", encoding="utf-8")
    assert file.text == "SELECT 1"
    file.path.write_text("SELECT 2", encoding="utf-8")
    assert file.text == "SELECT 2"


_TEXT = SqlText("""
SELECT id,
       wrong
FROM items
""")  # fmt: skip


def test_sql_text_line_is_that_of_declaring_file() -> None:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert _TEXT.path == Path(__file__)
    assert lines[_TEXT.line(3) - 1] == "       wrong"
    assert lines[_TEXT.line(None) - 1].startswith("_TEXT = ")
    assert _TEXT.text == "\nSELECT id,\n       wrong\nFROM items"


_DEDENTED = SqlText(
    dedent("""\
        SELECT id,
               wrong
        FROM parts
        """)
)


def test_sql_text_line_of_dedented_text_is_that_of_declaring_file() -> None:
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    assert lines[_DEDENTED.line(3) - 1] == "        FROM parts"


def test_sql_text_made_by_program_has_line_of_its_declaration() -> None:
    made = SqlText("SELECT {} AS made".format(1))  # noqa: UP032
    assert made.line(1) == made.location.line
