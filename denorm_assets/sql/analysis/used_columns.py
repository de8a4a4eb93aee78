"""Which columns of each source a definition uses; an update of any other column cannot change its rows."""

from __future__ import annotations

from sqlglot import exp

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.analysis.qualification import SourceColumns


def used_columns(tree: exp.Query, columns: SourceColumns) -> dict[TableName, tuple[str, ...]]:
    """Source -> columns that the qualified `tree` names, in the source's order. Errs on the side of too many."""
    by_alias: dict[str, set[TableName]] = {}
    for found in tree.find_all(exp.Table):
        table = TableName(found.name, found.db)
        if table in columns:
            by_alias.setdefault(found.alias_or_name, set()).add(table)
    used: dict[TableName, set[str]] = {table: set() for tables in by_alias.values() for table in tables}
    for column in tree.find_all(exp.Column):
        for table in by_alias.get(column.table, ()):
            used[table].add(column.name)
    return {table: tuple(name for name in columns[table] if name in names) for table, names in used.items()}
