"""Values whose text the search path decides are refused; those that are only stored or compared are not."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounced, Full, Refresh
from tests.conftest import Server
from tests.integration.definitions_read.test_steadiness import judge
from tests.stress.oracle.maintained import Bench, prepared_bench

_SETUP = (
    "CREATE TABLE a (id int PRIMARY KEY, j int, name text, rel regclass, rels regclass[], kind regtype, o oid)",
    "CREATE TABLE b (id int PRIMARY KEY, k int)",
    "CREATE DOMAIN s.rel AS regclass",
)
_DATABASE = "named_by_path"


@pytest.fixture(scope="module")
def sources(server: Server) -> Generator[Bench]:
    """A bench with tables that every case reads."""
    with prepared_bench(server, _DATABASE, *_SETUP) as made:
        yield made


WRITTEN_OUT = {
    "a cast": "a.tableoid::regclass::text",
    "a cast to varchar": "a.tableoid::regclass::varchar(30)",
    "in an expression": "left(a.tableoid::regclass::text, 3)",
    "of a column": "a.rel::text",
    "of a literal": "'a'::regclass::text",
    "of a type": "a.kind::text",
    "of an array": "a.rels::text",
    "of a domain": "a.rel::s.rel::text",
    "of a function": "43::regprocedure::text",
    "of an operator": "96::regoperator::text",
    "concat": "concat(a.tableoid::regclass)",
    "concat_ws": "concat_ws('-', a.name, a.rel)",
    "format": "format('%s', a.tableoid::regclass)",
    "an operator of text": "a.name || a.rel",
    "JSON": "to_jsonb(a.tableoid::regclass)",
    "JSON objects": "jsonb_build_object('table', a.rel)",
    "JSON of a row": "to_jsonb(ROW(a.id, a.rel))",
    "JSON of a table": "to_jsonb(a)",
    "a row": "ROW(a.rel)::text",
    "an array as text": "array_to_string(a.rels, ',')",
    "a choice": "(CASE WHEN a.id > 1 THEN a.rel END)::text",
    "a default": "coalesce(a.rel, 'a'::regclass)::text",
    "a subquery": "(SELECT a.rel)::text",
    "a list": "(SELECT jsonb_agg(z.rel ORDER BY z.id) FROM a AS z WHERE z.id = a.id)::text",
    "an element": "a.rels[1]::text",
    "SQL's JSON": "JSON_OBJECT('table': a.rel)",
    "from text": "a.name::regclass",
}
STORED = {
    "itself": "a.rel",
    "the table": "a.tableoid::regclass",
    "an OID": "a.tableoid::regclass::oid",
    "an OID as text": "a.tableoid::text",
    "a comparison": "a.tableoid = 'a'::regclass",
    "other text": "a.id::text || a.name",
    "an array": "a.rels[1] = a.rel AND cardinality(a.rels) > 1",
    "a choice": "coalesce(a.rel, 'a'::regclass)",
}
KINDS = pytest.mark.parametrize("refresh", [Debounced(), Full()], ids=["by key", "as a whole"])


@KINDS
@pytest.mark.parametrize("name", WRITTEN_OUT)
def test_definition_text_decided_by_search_path_is_refused(sources: Bench, name: str, refresh: Refresh) -> None:
    with pytest.raises(DefinitionError, match=r"search path|row as a whole|depends on the time, or on PostgreSQL's"):
        judge(sources, f"SELECT a.id, {WRITTEN_OUT[name]} AS v FROM a", refresh)


@pytest.mark.parametrize("name", STORED)
def test_definition_stored_value_shown_by_name_is_accepted(sources: Bench, name: str) -> None:
    judge(sources, f"SELECT a.id, {STORED[name]} AS v FROM a", Full())
