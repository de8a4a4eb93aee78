"""sqlglot's compiled build, which dagster-dbt brings with it: definitions are read as they are without it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from denorm_assets.sql.analysis.qualification import parsed
from denorm_assets.sql.dialect import printed

_DEFINITION = """
SELECT o.id, to_hex(o.n) AS hex, count(*) FILTER (WHERE i.kind NOT IN (0x1F, 2)) AS items, interval '1' year AS span,
    s.own(i.id) FILTER (WHERE NOT i.name LIKE 'a%') AS owned, sum(i.n ^ 2) OVER (ORDER BY i.id ROWS 1 PRECEDING) AS r
FROM orders AS o LEFT JOIN items AS i ON i.order_id = o.id GROUP BY o.id"""
_READS = """
import sys
import sqlglot.expressions.core
from denorm_assets.sql.analysis.qualification import parsed
from denorm_assets.sql.dialect import printed
print(printed(parsed(sys.stdin.read())))
print(sqlglot.expressions.core.__file__, file=sys.stderr)
"""


def test_parser_of_compiled_sqlglot_reads_and_prints_the_same(tmp_path: Path) -> None:
    now = version("sqlglot")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--target", str(tmp_path), f"sqlglot=={now}", f"sqlglotc=={now}"], check=True)
    found = subprocess.run(
        [sys.executable, "-c", _READS],
        input=_DEFINITION,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stderr.strip().startswith(str(tmp_path))
    assert found.stderr.strip().endswith(".so")
    assert found.stdout == printed(parsed(_DEFINITION)) + "\n"
