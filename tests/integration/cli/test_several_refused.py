"""Ten read models of which three are refused: one `plan` names all three."""

from __future__ import annotations

from tests.support.shell import Project, Shell

DECLARED = """
from denorm_assets import ReadModel, System

REFUSED = {
    "drawn": "SELECT id, random() AS drawn FROM items",
    "in_no_order": "SELECT tag, string_agg(id::text, ',') AS ids FROM items GROUP BY tag",
    "misspelt": "SELECT id, amuont FROM items",
}
FINE = {f"fine_{n}": f"SELECT id, amount + {n} AS amount FROM items" for n in range(7)}
KEYS = {"in_no_order": ("tag",)}
SYSTEM = System(
    "shop",
    "app",
    read_models=tuple(ReadModel(name, text, key=KEYS.get(name, ("id",))) for name, text in {**REFUSED, **FINE}.items()),
)
"""


def test_plan_ten_models_with_three_refused_names_all_three(items_shell: Shell, project: Project) -> None:
    project.write(DECLARED)
    before = items_shell.contents()
    message = items_shell.refused("plan")
    first, *lines = message.splitlines()
    assert first == "3 definitions cannot be used, and nothing was changed:"
    named = {line.partition("shop/")[2].partition(":")[0]: line for line in lines}
    assert {name: line.partition(f"shop/{name}: ")[2] for name, line in named.items()} == {
        "drawn": "it cannot be kept right because of random: it is volatile: called again it may give another value."
        " Compute the value when the row is written, and read that column",
        "in_no_order": "it cannot be kept right because of string_agg(items.id, ...): it has no ORDER BY, and rows may"
        " differ in items.id. Give it an ORDER BY of items.id, down to a unique one",
        "misspelt": 'column "amuont" does not exist (Perhaps you meant to reference the column "items.amount").'
        " Correct the column's name, or add the column to the table first",
    }
    assert items_shell.contents() == before
