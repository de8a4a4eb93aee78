"""What PostgreSQL refuses the application because of a read model, in words."""

from __future__ import annotations

from collections.abc import Mapping

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.model.table_name import TableName


def restrictions(described: DescribedModel, used: Mapping[TableName, tuple[str, ...]]) -> tuple[str, ...]:
    """Sentences; `used` are the columns that the definition names of each source. None for most read models."""
    if described.model.is_view:
        return tuple(_of_view(described, table, columns) for table, columns in used.items())
    referred = dict.fromkeys(
        reference.to.within(described.schema) for reference in described.model.references if reference.foreign_key
    )
    return _of_foreign_keys(described, tuple(referred)) if referred else ()


def _of_view(described: DescribedModel, table: TableName, columns: tuple[str, ...]) -> str:
    whole = f"DROP TABLE {table} needs CASCADE, which drops the view {described.table} with it"
    if not columns:
        return f"While the view exists, {whole}."
    which = f"column {columns[0]}" if len(columns) == 1 else f"columns {', '.join(columns)}"
    return (
        f"While the view exists, PostgreSQL refuses ALTER TABLE {table} to change the type of the {which}, or to drop "
        f"any of them without CASCADE; {whole}."
    )


def _of_foreign_keys(described: DescribedModel, tables: tuple[TableName, ...]) -> tuple[str, ...]:
    sentences = [
        f"While the foreign key to {table} exists, TRUNCATE {table} needs CASCADE, which empties {described.table} "
        f"too, and DROP TABLE {table} needs CASCADE, which drops the foreign key."
        for table in tables
    ]
    if len(tables) > 1:
        sentences.append(
            f"Its foreign keys cascade from {' and from '.join(map(str, tables))}: two transactions that delete there "
            "at the same time can deadlock over rows of the read model that refer to both, and PostgreSQL ends one of "
            "them. Delete in one order everywhere, or declare the references without foreign_key=True."
        )
    return tuple(sentences)
