"""What `dg scaffold defs` writes for the component: a declaration, and the SELECT of a read model."""

from __future__ import annotations

import re
from pathlib import Path

import dagster as dg

_SELECT = """\
-- One row for each order. Write your own SELECT; `key` beside it names the columns that identify a row.
SELECT order_id, count(*) AS lines
FROM order_lines
GROUP BY order_id
"""
_YAML = """\
type: {type_name}

attributes:
  # The environment variable that holds the address of the database.
  database:
    env: DENORM_DATABASE_URL
  systems:
    - name: {name}
      # The schema of the application's tables. Read models are created in it, too.
      schema: public
      read_models:
        - name: order_totals
          # A file beside this one.
          definition: order_totals.sql
          key: [order_id]
          # Backfills go by ranges of this column.
          backfill: [order_lines.order_id]
"""
_PYTHON = '''\
"""The read models of {name}."""

from pathlib import Path

import dagster as dg

from denorm_assets import DatabaseResource, DenormSystemComponent, IdRanges, ReadModel, SqlFile, System

ORDER_TOTALS = ReadModel(
    "order_totals",
    SqlFile(Path(__file__).parent / "order_totals.sql"),
    key=("order_id",),
    backfill=IdRanges("order_lines.order_id"),
)
SYSTEM = System("{name}", "public", read_models=(ORDER_TOTALS,))


@dg.component_instance
def load(context: dg.ComponentLoadContext) -> DenormSystemComponent:
    """The component of this folder."""
    return DenormSystemComponent([SYSTEM], database=DatabaseResource(url=dg.EnvVar("DENORM_DATABASE_URL")))
'''


class SystemScaffolder(dg.Scaffolder):
    """Writes the files of a new system, named after its folder."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write `defs.yaml` or `component.py`, and `order_totals.sql`; or add to a `defs.yaml`."""
        target: Path = request.target_path
        folder = target.parent if request.append else target
        values = {"type_name": request.type_name, "name": re.sub(r"[^A-Za-z0-9_]", "_", folder.name)}
        if request.append:
            with target.open("a", encoding="utf-8") as file:
                file.write("---\n" + _YAML.format(**values))
        elif request.scaffold_format == "python":
            (target / "component.py").write_text(_PYTHON.format(**values), encoding="utf-8")
        else:
            (target / "defs.yaml").write_text(_YAML.format(**values), encoding="utf-8")
        definition = folder / "order_totals.sql"
        if not definition.exists():
            definition.write_text(_SELECT, encoding="utf-8")
