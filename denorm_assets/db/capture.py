"""Installing capture: what a read model's sources log, through which triggers, and what each change affects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
from denorm_assets.sql.expansion import IMAGES, expansion, logged_columns
from denorm_assets.sql.ordering import require_order
from denorm_assets.sql.paths import Path, paths_to
from denorm_assets.sql.qualification import SourceColumns, qualified
from denorm_assets.sql.refusal import Refusal
from denorm_assets.sql.statement import Raw, Statement, name
from denorm_assets.sql.usage import used_columns

# At most half of what an application's statement may wait for us.
_LOCK_TIMEOUT = "100ms"
_ATTEMPTS = 50
_TABLE_KINDS = ("r", "p")
_UNSTEADY = {
    "volatile": ("it is volatile: called again it may give another value", "Compute the value when the row is written"),
    "stable": (
        "it is declared STABLE, so it may read tables or settings whose changes nobody sees",
        "Declare it IMMUTABLE if only its arguments decide its value",
    ),
    "session": ("its value depends on the time or the session", "Compare with the time when the read model is read"),
    "float": ("sums of floating-point numbers depend on the order of the rows", "Cast the argument to numeric"),
}


def source_columns(session: Session, tables: Sequence[TableName]) -> SourceColumns:
    """Columns and types of `tables`, which carry their schemas."""
    rows = session.rows(
        query("sources", "column_types", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    )
    found: dict[TableName, dict[str, str]] = {}
    for row in rows:
        found.setdefault(TableName(row["table"], row["schema"]), {})[row["name"]] = row["type"]
    return found


@dataclass(frozen=True)
class Sources:
    """What a read model reads.

    Attributes:
        columns: all columns of each source; `used` those that the definition names.
        paths: how changes lead to anchors.
    """

    columns: SourceColumns
    used: Mapping[TableName, tuple[str, ...]]
    paths: tuple[Path, ...]


def model_paths(session: Session, described: DescribedModel) -> tuple[SourceColumns, tuple[Path, ...]]:
    """The columns of a read model's sources and the paths from their changes to its anchors; see `model_sources`."""
    sources = model_sources(session, described)
    return sources.columns, sources.paths


def model_sources(session: Session, described: DescribedModel) -> Sources:
    """The sources of a read model and the paths from their changes to its anchors.

    `session` must have the system's schema first in its search path.
    Raises DefinitionError, which names the clause that cannot be kept by key, and the remedy.
    """
    tables = [table.within(described.schema) for table in analyse(described.model.definition).tables]
    try:
        columns = source_columns(session, tables)
        members = source_members(session, tables)
        _require_steady(session, described)
        opaque = frozenset(row["name"] for row in session.rows(query("sources", "functions_of_many_rows")))
        tree = qualified(described.definition, columns, described.schema)
        paths = paths_to(tree, columns, described.schema, described.anchor.name, opaque)
        require_order(tree, _unique_keys(session, tables), described.schema)
        used = used_columns(tree, columns, described.schema)
        for source in members:
            _require_stored(session, source, used.get(source, ()))
    except Refusal as refusal:
        raise DefinitionError(
            described.model.definition.path,
            None,
            f"it cannot be kept by key because of {refusal.clause}: {refusal.reason}",
            f"{refusal.remedy}, or declare refresh=Full(), which refreshes the whole view",
        ) from refusal
    return Sources(columns, used, paths)


def source_members(session: Session, tables: Sequence[TableName]) -> dict[TableName, tuple[TableName, ...]]:
    """Each of `tables` with all that inherit from it, partitions at any depth, itself among them.

    Raises Refusal for what no trigger can watch.
    """
    found: dict[TableName, list[TableName]] = {table: [] for table in tables}
    for row in session.rows(
        query("sources", "relations", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    ):
        member = TableName(row["table"], row["schema"])
        if row["kind"] not in _TABLE_KINDS:
            raise Refusal(
                str(member),
                "it is no table, and changes of what is behind it leave no trace here",
                "Write out what it reads in the definition",
            )
        found[TableName(row["of_table"], row["of_schema"])].append(member)
    for table, members in found.items():
        if not members:
            raise Refusal(str(table), "there is no such table in that schema", "Write its schema before its name")
    return {table: tuple(members) for table, members in found.items()}


def _unique_keys(session: Session, tables: Sequence[TableName]) -> dict[TableName, list[frozenset[str]]]:
    found: dict[TableName, list[frozenset[str]]] = {}
    for row in session.rows(
        query("sources", "unique_columns", schemas=[t.schema for t in tables], tables=[t.name for t in tables])
    ):
        found.setdefault(TableName(row["table"], row["schema"]), []).append(frozenset(row["columns"]))
    return found


def _require_steady(session: Session, described: DescribedModel) -> None:
    """Refuse functions whose value can change while the rows that they are given do not."""
    with session.transaction():
        session.execute(
            Statement("CREATE TEMPORARY VIEW denorm_steady AS\n{text}", {"text": Raw(described.definition)})
        )
        unsteady = session.rows(query("sources", "unsteady_functions"))
        session.execute(Statement("DROP VIEW denorm_steady"))
    for row in unsteady:
        raise Refusal(row["name"], *_UNSTEADY[row["kind"]])


def _require_stored(session: Session, source: TableName, used: Sequence[str]) -> None:
    """Refuse virtual generated columns: transition tables do not hold their values."""
    named = {"schema": source.schema, "table": source.name}
    for row in session.rows(query("sources", "virtual_columns", columns=list(used), **named)):
        raise Refusal(
            f"{source}.{row['name']}",
            "it is a virtual generated column, whose values triggers do not see",
            "Make it STORED, or write out its expression",
        )


def install_capture(session: Session, described: DescribedModel, model_id: int, log: Callable[[str], None]) -> None:
    """Make every source of the read model log what changes, and write down what each change affects.

    One set of triggers serves all read models of a source. Each source's triggers are made in a transaction of their
    own under a short lock timeout, tried again until they get through.
    """
    sources = model_sources(session, described)
    source_ids: list[int] = []
    for source in dict.fromkeys(path.source for path in sources.paths):
        retrying = Retrying(
            retry=retry_if_exception_type(TRANSIENT),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )
        source_ids.append(retrying(_install_source, session, described, model_id, source, sources))
        log(f"capture on {source}")
    session.execute(query("sources", "depends_no_more", model_id=model_id, source_ids=source_ids))


def _install_source(
    session: Session,
    described: DescribedModel,
    model_id: int,
    source: TableName,
    sources: Sources,
) -> int:
    named = {"schema": source.schema, "table": source.name}
    with session.transaction():
        session.set_local(lock_timeout=_LOCK_TIMEOUT)
        known = session.row(query("sources", "find", **named)) or {"logged_columns": [], "compared_columns": []}
        # Columns are only ever added at the end: images logged before keep their meaning.
        logged = tuple(dict.fromkeys([*known["logged_columns"], *logged_columns(sources.paths, source)]))
        compared = tuple(dict.fromkeys([*known["compared_columns"], *sources.used[source], *logged]))
        if (list(logged), list(compared)) != (known["logged_columns"], known["compared_columns"]):
            session.execute(capture.lock_out_writers(source))
        fingerprint = session.one(query("sources", "fingerprint", columns=list(compared), **named))["fingerprint"]
        source_id: int = session.one(
            query("sources", "register", logged=list(logged), compared=list(compared), fingerprint=fingerprint, **named)
        )["id"]
        function = capture.create_function(source_id, logged, compared)
        session.execute(function)
        session.execute(capture.comment_on_function(source_id, show(function)))
        # A statement on a partition fires that partition's triggers only, one on its root only the root's.
        for member in source_members(session, [source])[source]:
            rows = session.rows(query("sources", "triggers", schema=member.schema, table=member.name))
            installed = {row["name"] for row in rows if row["enabled"]}
            for event in capture.EVENTS:
                if capture.trigger_name(event) not in installed:
                    session.execute(capture.create_trigger(member, source_id, event))
        expanding = expansion(sources.paths, source, logged, sources.columns[source], described.anchor.type)
        text = _with_schemas(session, expanding)
        session.execute(query("sources", "depend", model_id=model_id, source_id=source_id, expansion=text))
    return source_id


def _with_schemas(session: Session, expanding: Statement) -> str:
    """The text of `expanding` as PostgreSQL prints it, with the schemas of all names: dispatch has no search path.

    An operator found in `public` (of citext, say) would there be another one, or none.
    """
    with session.transaction():
        session.execute(Statement("CREATE TEMPORARY TABLE {images} (image text[])", {"images": name(IMAGES)}))
        session.execute(Statement("CREATE TEMPORARY VIEW denorm_expansion AS\n{expanding}", {"expanding": expanding}))
        text: str = session.one(query("sources", "print_expansion"))["text"]
        session.execute(Statement("DROP VIEW denorm_expansion"))
        session.execute(Statement("DROP TABLE pg_temp.{images}", {"images": name(IMAGES)}))
    return text
