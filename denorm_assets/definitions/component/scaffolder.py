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
{resource_key}  systems:
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
_ANOTHER = """\
  # Each file has its own. Systems of one database belong into one file.
  resource_key: {name}_database
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
    database = DatabaseResource(url=dg.EnvVar("DENORM_DATABASE_URL"))
    return DenormSystemComponent([SYSTEM], database=database{resource_key})
'''


_ANOTHER_IN_PYTHON = ', resource_key="{name}_database"'
_NAME = "DenormSystemComponent"


class SystemScaffolder(dg.Scaffolder):
    """Writes the files of a new system, named after its folder."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        """Write `defs.yaml` or `component.py`, and `order_totals.sql`; or add to a `defs.yaml`."""
        target: Path = request.target_path
        folder = target.parent if request.append else target
        values = {
            "type_name": request.type_name,
            "name": re.sub(r"[^A-Za-z0-9_]", "_", folder.name),
            "resource_key": "",
        }
        if _is_another(folder):
            python = request.scaffold_format == "python" and not request.append
            values["resource_key"] = (_ANOTHER_IN_PYTHON if python else _ANOTHER).format(**values)
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


def _is_another(folder: Path) -> bool:
    """Whether other folders beside `folder` declare systems already: Dagster merges no two resources of one key."""
    files = (file for name in ("defs.yaml", "component.py") for file in folder.parent.rglob(name))
    return any(_NAME in file.read_text(encoding="utf-8") for file in files if file.parent != folder)
