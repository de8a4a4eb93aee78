"""Installing capture: what a read model's sources log, through which triggers, and what each change affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from denorm_assets.db.failures import TRANSIENT
from denorm_assets.db.render import show
from denorm_assets.db.session import Session
from denorm_assets.errors import DefinitionError
from denorm_assets.model.described import DescribedModel
from denorm_assets.model.table_name import TableName
from denorm_assets.sql import capture
from denorm_assets.sql.analysis import analyse
from denorm_assets.sql.control import query
from denorm_assets.sql.expansion import expansion, logged_columns
from denorm_assets.sql.paths import Path, paths_to
from denorm_assets.sql.qualification import SourceColumns
from denorm_assets.sql.refusal import Refusal
from denorm_assets.sql.usage import used_columns

# At most half of what an application's statement may wait for us.
_LOCK_TIMEOUT = "100ms"
_ATTEMPTS = 50


def source_columns(session: Session, tables: Sequence[TableName]) -> SourceColumns:
    """Columns and types of `tables`, which carry their schemas."""
    rows = session.rows(
        query("sources", "column_types", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    )
    found: dict[TableName, dict[str, str]] = {}
    for row in rows:
        found.setdefault(TableName(row["table"], row["schema"]), {})[row["name"]] = row["type"]
    return found


def model_paths(session: Session, described: DescribedModel) -> tuple[SourceColumns, tuple[Path, ...]]:
    """The sources of a read model and the paths from their changes to its anchors.

    Raises DefinitionError, which names the clause that cannot be kept by key, and the remedy.
    """
    tables = [table.within(described.schema) for table in analyse(described.model.definition).tables]
    columns = source_columns(session, tables)
    try:
        return columns, paths_to(described.definition, columns, described.schema, described.anchor.name)
    except Refusal as refusal:
        raise DefinitionError(
            described.model.definition.path,
            None,
            f"it cannot be kept by key because of {refusal.clause}: {refusal.reason}",
            "Rewrite that clause, or declare refresh=Full(), which refreshes the whole view",
        ) from refusal


def install_capture(session: Session, described: DescribedModel, model_id: int, log: Callable[[str], None]) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through.
    """
    columns, paths = model_paths(session, described)
    used = used_columns(described.definition, columns, described.schema)
    source_ids: list[int] = []
    for source in dict.fromkeys(path.source for path in paths):
        retrying = Retrying(
            retry=retry_if_exception_type(TRANSIENT),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        source_ids.append(
            retrying(_install_source, session, described, model_id, source, paths, columns[source], used[source])
        )
        log(f"capture on {source}")
    session.execute(query("sources", "depends_no_more", model_id=model_id, source_ids=source_ids))


def _install_source(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    paths: Sequence[Path],
    types: Mapping[str, str],
    used: Sequence[str],
) -> int:
    named = {"schema": source.schema, "table": source.name}
    with session.transaction():
        session.set_local(lock_timeout=_LOCK_TIMEOUT)
        known = session.row(query("sources", "find", **named)) or {"logged_columns": [], "compared_columns": []}
        # Columns are only ever added at the end: images logged before keep their meaning.
        logged = tuple(dict.fromkeys([*known["logged_columns"], *logged_columns(paths, source)]))
        compared = tuple(dict.fromkeys([*known["compared_columns"], *used, *logged]))
        fingerprint = session.one(query("sources", "fingerprint", columns=list(compared), **named))["fingerprint"]
        source_id: int = session.one(
            query("sources", "register", logged=list(logged), compared=list(compared), fingerprint=fingerprint, **named)
        )["id"]
        function = capture.create_function(source_id, logged, compared)
        session.execute(function)
        session.execute(capture.comment_on_function(source_id, show(function)))
        installed = {row["name"] for row in session.rows(query("sources", "triggers", **named)) if row["enabled"]}
        for event in capture.EVENTS:
            if capture.trigger_name(event) not in installed:
                session.execute(capture.create_trigger(source, source_id, event))
        text = show(expansion(paths, source, logged, types, described.anchor.type))
        session.execute(query("sources", "depend", model_id=model_id, source_id=source_id, expansion=text))
    return source_id
