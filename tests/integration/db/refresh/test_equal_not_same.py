"""Values that are equal and look different: rows are found by `=`, and written and compared by what they look like.

But for choices among equals (max, DISTINCT, GROUP BY): any of several equal values is right there.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from denorm_assets.db.reconcile.reconcile import reconcile_model
from denorm_assets.model.reconcile import Reconciled, ReconcileOptions
from denorm_assets.model.refresh import Debounce, Debounced, Full, Realtime, Refresh
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case

NOW = Debounce(quiet=0, max_wait=0)
KINDS: dict[str, Refresh] = {"debounced": Debounced(NOW), "realtime": Realtime(NOW), "full": Full(NOW)}
_OPERATORS = (
    ("lt", "<", ">", ">="),
    ("le", "<=", ">=", ">"),
    ("eq", "=", "=", "<>"),
    ("ne", "<>", "<>", "="),
    ("ge", ">=", "<=", "<"),
    ("gt", ">", "<", "<="),
)
FOLDED = (
    """
CREATE TYPE folded AS (s text);
CREATE FUNCTION folded_cmp(folded, folded) RETURNS int IMMUTABLE STRICT LANGUAGE sql
    AS 'SELECT pg_catalog.bttextcmp(pg_catalog.lower($1.s), pg_catalog.lower($2.s))';
"""
    + "".join(
        # Not in SQL: PostgreSQL would put the function's body in the place of the operator, which then joins nothing.
        f"CREATE FUNCTION folded_{name}(folded, folded) RETURNS boolean IMMUTABLE STRICT LANGUAGE plpgsql"
        f" AS 'BEGIN RETURN app.folded_cmp($1, $2) OPERATOR(pg_catalog.{operator}) 0; END';"
        f"CREATE OPERATOR {operator} (leftarg = folded, rightarg = folded, function = folded_{name},"
        f" commutator = {commutator}, negator = {negator}{', hashes, merges' if name == 'eq' else ''});"
        for name, operator, commutator, negator in _OPERATORS
    )
    + """
CREATE FUNCTION folded_hash(folded) RETURNS int IMMUTABLE STRICT LANGUAGE sql
    AS 'SELECT pg_catalog.hashtext(pg_catalog.lower($1.s))';
CREATE FUNCTION folded_hash(folded, bigint) RETURNS bigint IMMUTABLE STRICT LANGUAGE sql
    AS 'SELECT pg_catalog.hashtextextended(pg_catalog.lower($1.s), $2)';
CREATE OPERATOR CLASS folded_ops DEFAULT FOR TYPE folded USING btree AS
    OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 folded_cmp(folded, folded);
CREATE OPERATOR CLASS folded_hash_ops DEFAULT FOR TYPE folded USING hash AS
    OPERATOR 1 =, FUNCTION 1 folded_hash(folded), FUNCTION 2 folded_hash(folded, bigint);
"""
)
"""A type whose `=` ignores case, as citext does, which not every server has."""
VALUES = {
    "numeric": ("numeric", "1.0", "1.00"),
    "interval": ("interval", "'1 day'", "'24:00:00'"),
    "float": ("float8", "'0'", "'-0'"),
    "blanks": ("bpchar", "'a'", "'a  '"),
    "array": ("numeric[]", "'{1.0,2}'", "'{1.00,2}'"),
    "range": ("numrange", "'[1.0,2)'", "'[1.00,2)'"),
    "jsonb": ("jsonb", "'{\"a\": 1.0}'", "'{\"a\": 1.00}'"),
    "composite": ("pair", "ROW(1.0, 'a')", "ROW(1.00, 'a')"),
    "domain": ("amount", "1.0", "1.00"),
    "folded": ("folded", "ROW('alice')", "ROW('ALICE')"),
    "citext": ("citext", "'alice'", "'ALICE'"),
    "collated": ("text COLLATE ci", "'alice'", "'ALICE'"),
}
NEEDS = {
    "citext": ("SELECT FROM pg_available_extensions WHERE name = 'citext'", "CREATE EXTENSION citext SCHEMA public"),
    "collated": (
        "SELECT FROM pg_collation WHERE collname = 'en-x-icu'",
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
    ),
}
MakeLive = Callable[..., Case]


@pytest.fixture
def make_live(make_case: MakeCase) -> MakeLive:
    """A function that makes a read model live, loaded as a whole."""

    def make(setup: str, text: str, refresh: Refresh, key: tuple[str, ...] = ("id",)) -> Case:
        case = make_case("SELECT 1", "SELECT 1 AS id", driving=(), key=key, refresh=refresh, apply=False)
        case.run(f"CREATE TYPE pair AS (n numeric, s text); CREATE DOMAIN amount AS numeric; {FOLDED}")
        for needed, (there, create) in NEEDS.items():
            if f"{needed} " in setup or (needed == "collated" and " ci" in setup):
                if not case.rows(there):
                    pytest.skip(f"this server has no {needed}")
                case.run(create)
        case.run(setup)
        case.redefine(text)
        case.apply()
        case.refresh()
        case.assert_right()
        assert failing(case) == {}
        return case

    return make


def failing(case: Case) -> dict[str, str]:
    return {name: check.summary for name, check in case.checks().items() if not check.passed}


def reconcile(case: Case, *, repair: bool = True) -> Reconciled:
    options = ReconcileOptions(repair=repair, most_share=1.0)
    return reconcile_model(case.database, case.system, case.model, options)


def table_of(name: str) -> str:
    of_type, before, _ = VALUES[name]
    return (
        f"CREATE TABLE items (id bigint PRIMARY KEY, v {of_type} ); INSERT INTO items VALUES (1, {before}), (2, NULL)"
    )


def respell(case: Case, name: str, *, logged: bool) -> None:
    (case.write if logged else case.run)(f"UPDATE items SET v = {VALUES[name][2]} WHERE id = 1")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", [("id",), ("v",)], ids="/".join)
def test_refresh_value_corrected_to_equal_one_is_written(
    make_live: MakeLive, kind: str, name: str, key: tuple[str, ...]
) -> None:
    if key[0] == "v" and "[]" in VALUES[name][0] and kind != "full":
        pytest.skip("changes cannot be traced to an array")
    case = make_live(table_of(name), "SELECT id, v FROM items WHERE v IS NOT NULL", KINDS[kind], key)
    respell(case, name, logged=True)
    if kind == "realtime":
        case.assert_right()
    case.refresh()
    case.assert_right()
    assert failing(case) == {}
    assert case.refresh_if_due() == []


@pytest.mark.parametrize("kind", ["debounced", "full"])
@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("key", [("v",), ("id", "v")], ids="/".join)
def test_reconcile_unlogged_change_to_equal_value_is_drift_and_repaired(
    make_live: MakeLive, kind: str, name: str, key: tuple[str, ...]
) -> None:
    if key[0] == "v" and "[]" in VALUES[name][0] and kind != "full":
        pytest.skip("changes cannot be traced to an array")
    case = make_live(table_of(name), "SELECT id, v FROM items WHERE v IS NOT NULL", KINDS[kind], key)
    respell(case, name, logged=False)
    assert set(failing(case)) == {"matches_definition"}
    found = reconcile(case, repair=False)
    assert (found.wrong, found.altered) == (1, 1)
    if kind == "full":
        case.refresh()
    else:
        assert reconcile(case).repaired == 1
    case.assert_right()
    assert failing(case) == {}
    assert reconcile(case).passed


CHOSEN = (
    "CREATE TABLE items (id int PRIMARY KEY, g int NOT NULL, n numeric, s folded, t interval, j jsonb, r numeric[]);"
    "INSERT INTO items SELECT i, i % 4, (ARRAY[1.0, 1.00])[k], ROW((ARRAY['bob', 'BOB'])[k])::folded,"
    " (ARRAY['1 day', '24:00']::interval[])[k], (ARRAY['1.0', '1.00']::jsonb[])[k], ARRAY[(ARRAY[1.0, 1.00])[k]]"
    " FROM generate_series(1, 32) AS i, LATERAL (SELECT i / 4 % 2 + 1 AS k) AS x;"
    "CREATE INDEX backwards ON items (id DESC)"
)
CHOICES = {
    "max": ("SELECT g AS id, max(n) AS n, min(t) AS t FROM items GROUP BY g", ("id",)),
    "group": ("SELECT g AS id, s, n, j, count(*) AS c FROM items GROUP BY g, s, n, j", ("id", "s")),
    "group outside the key": ("SELECT g AS id, n, s FROM items GROUP BY g, n, s", ("id",)),
    "distinct": ("SELECT DISTINCT g AS id, n, r FROM items", ("id", "n")),
    "distinct on": ("SELECT DISTINCT ON (g) g AS id, n, t FROM items ORDER BY g, n, items.id", ("id",)),
    "union": ("SELECT g AS id, n FROM items UNION SELECT g, n FROM items", ("id",)),
    "array_agg": ("SELECT g AS id, array_agg(DISTINCT n) AS n, sum(DISTINCT t) AS t FROM items GROUP BY g", ("id",)),
    "an array in order": (
        "SELECT g AS id, array_agg(n ORDER BY n) AS n, jsonb_agg(n ORDER BY n) AS j FROM items GROUP BY g",
        ("id",),
    ),
    "jsonb of distinct ones": ("SELECT g AS id, jsonb_agg(DISTINCT n) AS n FROM items GROUP BY g", ("id",)),
    "limit": (
        "SELECT DISTINCT i.g AS id, ARRAY(SELECT n FROM items AS o WHERE o.g = i.g ORDER BY n LIMIT 3) AS n"
        " FROM items AS i",
        ("id",),
    ),
    "subquery": (
        "SELECT x.id, x.n FROM (SELECT g AS id, max(n) AS n, max(t) AS t FROM items GROUP BY g) AS x",
        ("id",),
    ),
}


@pytest.mark.parametrize("kind", ["debounced", "full"])
@pytest.mark.parametrize("choice", CHOICES)
def test_compare_other_choice_among_equals_is_no_drift(make_live: MakeLive, kind: str, choice: str) -> None:
    text, key = CHOICES[choice]
    case = make_live(CHOSEN, text, KINDS[kind], key)
    with case.connect() as connection:
        connection.execute("CLUSTER items USING backwards")
    if choice != "distinct on":
        assert case.differences() != [], "PostgreSQL chose as before: this shows nothing"
    assert failing(case) == {}
    for repair in (False, True):
        found = reconcile(case, repair=repair)
        assert (found.passed, found.differing, found.repaired) == (True, 0, 0)


@pytest.mark.parametrize("of_type", ["citext", "text COLLATE ci"])
def test_compare_other_choice_among_equal_texts_is_no_drift(make_live: MakeLive, of_type: str) -> None:
    setup = (
        f"CREATE TABLE items (id int PRIMARY KEY, g int NOT NULL, s {of_type} );"
        "INSERT INTO items SELECT i, i % 4, (ARRAY['bob', 'BOB'])[i / 4 % 2 + 1] FROM generate_series(1, 32) AS i;"
        "CREATE INDEX backwards ON items (id DESC)"
    )
    case = make_live(setup, "SELECT g AS id, s, min(s) AS t FROM items GROUP BY g, s", KINDS["debounced"], ("id", "s"))
    with case.connect() as connection:
        connection.execute("CLUSTER items USING backwards")
    assert case.differences() != []
    assert failing(case) == {}
    assert reconcile(case).passed


@pytest.mark.parametrize("kind", ["debounced", "realtime", "full"])
def test_refresh_unchanged_choice_among_equals_is_not_written_again(make_live: MakeLive, kind: str) -> None:
    """What is chosen otherwise may be written once; what nobody changes is not written again."""
    case = make_live(CHOSEN, CHOICES["max"][0], KINDS[kind])
    with case.connect() as connection:
        connection.execute("CLUSTER items USING backwards")
    case.write("UPDATE items SET n = 1.000 WHERE id IN (1, 2)")
    case.refresh()
    before = case.snapshot()
    for _ in range(3):
        case.refresh()
        assert reconcile(case).repaired == 0
    assert case.snapshot() == before
    assert failing(case) == {}


def test_compare_real_difference_beside_choice_is_drift(make_live: MakeLive) -> None:
    case = make_live(CHOSEN, "SELECT g AS id, max(n) AS n, sum(n) AS total FROM items GROUP BY g", KINDS["debounced"])
    case.run("UPDATE items SET n = 2.0 WHERE id = 1")
    assert set(failing(case)) == {"matches_definition"}
    assert reconcile(case).repaired == 1
    assert failing(case) == {}
    # Another spelling of a sum is no choice.
    case.run("UPDATE items SET n = n * 1.000 WHERE id = 2")
    assert set(failing(case)) == {"matches_definition"}
    assert reconcile(case).repaired == 1
    assert failing(case) == {}


def test_matches_definition_view_without_stored_checksum_passes(make_live: MakeLive) -> None:
    """Such a view cannot be compared with its definition, and releases before computed the digest in another way."""
    case = make_live(table_of("numeric"), "SELECT id, v FROM items WHERE v IS NOT NULL", Full(NOW, every=600))
    case.run("UPDATE denorm.read_model SET whole_checksum = NULL")
    assert failing(case) == {}
    case.refresh()
    assert case.value("SELECT whole_checksum FROM denorm.read_model") is not None
    case.run("UPDATE denorm.read_model SET whole_checksum = '1'")
    assert set(failing(case)) == {"matches_definition"}


def test_refresh_last_row_of_spelling_changed_writes_new_spelling(make_live: MakeLive) -> None:
    """A choice that is none any more: what is written is what the definition yields."""
    case = make_live(CHOSEN, CHOICES["group"][0], KINDS["debounced"], CHOICES["group"][1])
    case.write("UPDATE items SET s = ROW('Bob'), n = 1, j = '1'")
    case.refresh()
    case.assert_right()
