"""What capture functions log, and that they never fail the application's statement."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from denorm_assets.sql.capture import capture_function
from tests.stress.oracle.maintained import Bench, Defined

ITEMS = (
    "CREATE TABLE items (id int PRIMARY KEY, grp int, note text, at timestamptz)",
    "CREATE TABLE groups (id int PRIMARY KEY)",
    "INSERT INTO groups SELECT generate_series(1, 20)",
)
BY_GROUP = Defined(
    "SELECT g.id, count(i.id) AS n, max(i.note) AS note, max(i.at) AS at"
    " FROM groups AS g LEFT JOIN items AS i ON i.grp = g.id GROUP BY g.id",
    ("id",),
    ("groups.id",),
)


def images(oracle: Bench) -> list[list[str | None]]:
    """What was logged, in order of its text."""
    return [image for (image,) in oracle.rows("SELECT image FROM denorm.change_log ORDER BY image::text")]


def capture_by(oracle: Bench, table: str, types: dict[str, str] | None, *, realtime: bool = False) -> None:
    """Make the capture function of `table` anew, for columns of these types."""
    [(source_id, logged, compared)] = oracle.rows(
        f"SELECT id, logged_columns, compared_columns FROM denorm.source WHERE table_name = '{table}'"
    )
    with oracle.database.session() as session:
        session.execute(capture_function.create_function(source_id, logged, compared, types, realtime=realtime))


ALTERED = {
    "a logged column is renamed": "ALTER TABLE items RENAME grp TO other",
    "a logged column is dropped": "ALTER TABLE items DROP grp",
    "a logged column has another type": "ALTER TABLE items ALTER grp TYPE text",
    "a compared column is renamed": "ALTER TABLE items RENAME note TO other",
    "a compared column is dropped": "ALTER TABLE items DROP note, DROP at",
    "a compared column has a type without equality": "ALTER TABLE items ALTER note TYPE xml USING NULL",
    "a compared column depends on settings": "ALTER TABLE items ALTER note TYPE interval USING '1 day 2 hours'",
    "columns change their places": "ALTER TABLE items DROP grp, ADD grp int, ADD first int",
}


@pytest.mark.parametrize("realtime", [False, True])
@pytest.mark.parametrize("types", [None, {"id": "integer", "grp": "integer", "note": "text"}])
@pytest.mark.parametrize("name", ALTERED)
def test_capture_altered_source_columns_never_fail_writes(
    oracle: Bench, name: str, types: dict[str, str] | None, *, realtime: bool
) -> None:
    oracle.run(*ITEMS)
    oracle.keep(BY_GROUP)
    capture_by(oracle, "items", types, realtime=realtime)
    with oracle.connect() as connection:
        # Plans of this session were made before the change.
        for number in range(7):
            connection.execute("INSERT INTO items (id, grp, note) VALUES (%s, 1, NULL)", (number,))
        connection.execute("UPDATE items SET id = id + 10 WHERE id = 1")
        connection.execute("DELETE FROM items WHERE id = 0")
        oracle.run(ALTERED[name], "TRUNCATE denorm.change_log")
        for each in (connection, None):
            for statement in (
                "INSERT INTO items (id) SELECT 100 + n FROM generate_series(1, 50) AS n",
                "UPDATE items SET id = id + 1000",
                "DELETE FROM items WHERE id > 1010",
                "TRUNCATE items",
            ):
                if each is None:
                    oracle.run(statement)
                else:
                    each.execute(statement.encode())
    assert len(images(oracle)) >= 8


def test_capture_columns_named_like_trigger_variables_stay_right(oracle: Bench) -> None:
    names = ("new", "old", "found", "tg_op", "written", "images", "sqlstate", "logged", "shown", "gone", "changed")
    names += ("number", "added", "few", "v1", "v2", "new_rows", "old_rows", "image", "source_id", "room", "size")
    names += ("o", "n", "side", "was", "part")
    columns = ", ".join(f'"{name}" text' for name in names)
    oracle.run(
        f"CREATE TABLE items (id int PRIMARY KEY, {columns})",
        "INSERT INTO items (id, found) SELECT n, 'first' FROM generate_series(1, 3) AS n",
    )
    outputs = ", ".join(f'i."{name}"' for name in names)
    oracle.keep(
        Defined(f"SELECT i.id, {outputs} FROM items AS i", ("id",), ("items.id",)),
        Defined(
            "SELECT a.id, count(b.id) AS n FROM items AS a"
            " LEFT JOIN items AS b ON b.v1 = a.found AND b.tg_op = a.old GROUP BY a.id",
            ("id",),
            ("items.id",),
        ),
    )
    for name in names:
        oracle.run(f"""UPDATE items SET "{name}" = 'first' WHERE id < 3""", f"UPDATE items SET \"{name}\" = 'x'")
        oracle.settle()
        oracle.judge(f"after changes of {name}")
    oracle.run(
        "DELETE FROM items WHERE id = 1", "INSERT INTO items (id, v1) SELECT n, 'x' FROM generate_series(9, 99) AS n"
    )
    oracle.settle()
    oracle.judge("in the end")


def test_capture_update_of_unused_columns_is_not_logged(oracle: Bench) -> None:
    oracle.run(*ITEMS, "ALTER TABLE items ADD unused int")
    oracle.keep(BY_GROUP)
    oracle.run("INSERT INTO items SELECT n, n % 3, 'note', now() FROM generate_series(1, 30) AS n")
    oracle.settle()
    oracle.run(
        "UPDATE items SET grp = grp, note = note",
        "UPDATE items SET unused = id",
        "UPDATE items SET id = -1 WHERE false",
    )
    assert images(oracle) == []
    oracle.run("UPDATE items SET note = CASE id WHEN 5 THEN 'other' ELSE note END")
    assert images(oracle) == [["2"]]


def test_capture_rows_equal_in_used_columns_are_counted(oracle: Bench) -> None:
    """Of two equal rows one is changed into what a third one was: no value came or went."""
    oracle.run("CREATE TABLE votes (grp int, n int)", "INSERT INTO votes VALUES (1, 5), (1, 5), (2, 5)")
    oracle.keep(Defined("SELECT v.grp, sum(v.n) AS n FROM votes AS v GROUP BY v.grp", ("grp",), ("votes.grp",)))
    oracle.run(
        "UPDATE votes AS v SET grp = 2 WHERE v.ctid = (SELECT min(ctid) FROM votes WHERE grp = 1)"
        " OR v.grp = 2 AND v.ctid IS NOT NULL"
    )
    assert images(oracle) == [["1"], ["2"]]
    oracle.settle()
    oracle.judge("after the update")


def test_capture_values_equal_by_collation_are_logged(oracle: Bench) -> None:
    try:
        oracle.run("CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false)")
    except psycopg.errors.FeatureNotSupported:
        pytest.skip("this server was built without ICU")
    oracle.run(
        "CREATE TABLE items (id int PRIMARY KEY, note text COLLATE any_case)", "INSERT INTO items VALUES (1, 'a')"
    )
    oracle.keep(Defined("SELECT i.id, i.note FROM items AS i", ("id",), ("items.id",)))
    oracle.run("UPDATE items SET note = 'A'")
    oracle.settle()
    oracle.judge("after a change of case")


@pytest.mark.parametrize("realtime", [False, True])
@pytest.mark.parametrize("rows", [1, 19, 20, 21, 22, 500])
def test_capture_many_equal_images_are_logged_few_times(oracle: Bench, rows: int, *, realtime: bool) -> None:
    oracle.run(*ITEMS)
    oracle.keep(BY_GROUP)
    capture_by(oracle, "items", None, realtime=realtime)
    groups = [None if n % 7 == 3 else n if n in (1, 20, 21, rows) else -(n % 7) for n in range(1, rows + 1)]
    with oracle.connect() as connection:
        connection.execute(
            "INSERT INTO items SELECT n, grp FROM unnest(%s::int[]) WITH ORDINALITY AS g (grp, n)", [groups]
        )
        connection.execute("DELETE FROM items")
    logged = images(oracle)
    assert all(logged.count([None if grp is None else str(grp)]) >= 2 for grp in groups)
    assert len(logged) <= 2 * min(rows, 20 + 11)


SETTINGS = (
    "SET DateStyle = 'SQL, DMY'",
    "SET TimeZone = 'Asia/Tokyo'",
    "SET IntervalStyle = 'iso_8601'",
    "SET extra_float_digits = -5",
    "SET bytea_output = 'escape'",
    "SET search_path = public",
)
SHOWN = {
    "timestamptz": "'2026-03-04 05:06:07.5+00'",
    "timestamptz[]": "'{2026-03-04 05:06:07.5+00}'",
    "timestamp(3)": "'2026-03-04 05:06:07.5'",
    "date": "'2026-03-04'",
    "tstzrange": "'[2026-03-04 05:06:07.5+00, infinity)'",
    "interval": "'1 year 2 days 3 hours'",
    "interval day to second(1)": "'2 days 3 hours'",
    "double precision": "0.1::float8 + 0.2",
    "real[]": "ARRAY[1::real / 3]",
    "point": "point(0.1::float8 + 0.2, 1)",
    "bytea": r"'\x00ff'",
    "regclass": "'s.items'::regclass",
    "moment": "'2026-03-04 05:06:07.5+00'",
    "pair": "ROW('2026-03-04', '2 days')",
    "numeric(10, 2)[]": "'{1.50}'",
}


@pytest.mark.parametrize("shown", SHOWN)
def test_capture_any_session_settings_log_same_image(oracle: Bench, shown: str) -> None:
    oracle.run(
        "CREATE DOMAIN moment AS timestamptz",
        "CREATE TYPE pair AS (d date, i interval)",
        f"CREATE TABLE items (id int PRIMARY KEY, v {shown})",
    )
    oracle.keep(Defined("SELECT i.id, i.v FROM items AS i", ("id",), ("items.id",)))
    [(source_id,)] = oracle.rows("SELECT id FROM denorm.source")
    [(type_name,)] = oracle.rows(
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 's.items'::regclass AND attname = 'v'"
    )
    with oracle.database.session("s") as session:
        session.execute(capture_function.create_function(source_id, ["v"], ["v"], {"v": type_name}))
    with oracle.connect() as connection:
        connection.execute(f"INSERT INTO items VALUES (1, {SHOWN[shown]})".encode())
        for setting in SETTINGS:
            connection.execute(setting.encode())
        connection.execute("INSERT INTO s.items SELECT 2, v FROM s.items")
        connection.execute("UPDATE s.items SET v = v")
        assert connection.execute("SHOW DateStyle").fetchone() == ("SQL, DMY",)
    first, second = images(oracle)
    assert first == second
    assert first[0] is not None


def test_capture_hostile_search_path_is_not_used(oracle: Bench) -> None:
    """The names in the function say which objects they mean, even where its search path was not pinned."""
    oracle.run(
        "CREATE TABLE items (id bigint PRIMARY KEY, grp int, note text)",
        "CREATE TABLE groups (id int PRIMARY KEY)",
        "INSERT INTO groups SELECT generate_series(1, 3)",
    )
    oracle.keep(
        Defined(
            "SELECT g.id, count(i.id) AS n FROM groups AS g LEFT JOIN items AS i ON i.grp = g.id GROUP BY g.id",
            ("id",),
            ("groups.id",),
        )
    )
    capture_by(oracle, "items", {"id": "bigint", "grp": "integer", "note": "text"})
    oracle.run(
        "DO $$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid FROM pg_proc WHERE prosrc LIKE '%changed%' LOOP"
        " EXECUTE format('ALTER FUNCTION %s RESET ALL', f); END LOOP; END $$"
    )
    oracle.run(
        "CREATE SCHEMA evil",
        "CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false)",
        "CREATE DOMAIN evil.int8 AS pg_catalog.int8 CHECK (false)",
        "CREATE FUNCTION evil.trap(pg_catalog.text, pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''used''; END'",
        "CREATE FUNCTION evil.trap(pg_catalog.int8, pg_catalog.int4) RETURNS boolean LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''used''; END'",
        "CREATE OPERATOR evil.= (FUNCTION = evil.trap, LEFTARG = pg_catalog.text, RIGHTARG = pg_catalog.text)",
        "CREATE OPERATOR evil.= (FUNCTION = evil.trap, LEFTARG = pg_catalog.int8, RIGHTARG = pg_catalog.int4)",
        "CREATE FUNCTION evil.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''used''; END'",
    )
    with oracle.connect() as connection:
        connection.execute("CREATE TEMPORARY TABLE new_rows (grp int)")
        connection.execute("CREATE TEMPORARY TABLE change_log (source_id int, image text[])")
        connection.execute("SET search_path = evil, pg_temp, s, pg_catalog")
        connection.execute("INSERT INTO s.items SELECT n, n % 3 + 1 FROM pg_catalog.generate_series(1, 40) AS n")
        connection.execute("UPDATE s.items SET grp = 1, note = 'x'")
        connection.execute("DELETE FROM s.items WHERE id OPERATOR(pg_catalog.<) 30")
        connection.execute("TRUNCATE s.items CASCADE")
    oracle.run("DROP SCHEMA evil CASCADE")
    oracle.settle()
    oracle.judge("after writes under a strange path")


def test_capture_application_role_needs_no_rights_on_denorm(oracle: Bench) -> None:
    oracle.run(*ITEMS)
    oracle.keep(BY_GROUP)
    oracle.run(
        "DO $$ BEGIN CREATE ROLE shop_clerk; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
        "GRANT USAGE ON SCHEMA s TO shop_clerk",
        "GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON items TO shop_clerk",
    )
    with oracle.connect() as connection:
        connection.execute("SET ROLE shop_clerk")
        connection.execute("INSERT INTO items SELECT n, n % 3 FROM generate_series(1, 40) AS n")
        connection.execute("UPDATE items SET grp = 1")
        connection.execute("DELETE FROM items WHERE id < 30")
        with pytest.raises(Exception, match="permission denied"):
            connection.execute("INSERT INTO denorm.change_log (source_id) VALUES (1)")
        connection.execute("TRUNCATE items")
    oracle.settle()
    oracle.judge("after another role's writes")
    oracle.run("DROP OWNED BY shop_clerk")


def test_capture_large_statement_does_not_slow_later_small_ones(oracle: Bench) -> None:
    """A plan that is kept for the session was made for whatever came first (design, 6: 32 times slower, once)."""
    oracle.run(*ITEMS, "INSERT INTO items SELECT n, n % 20, 'note' FROM generate_series(1, 30000) AS n")
    oracle.keep(BY_GROUP)

    def seconds(first: str) -> float:
        with oracle.connect() as connection:
            connection.execute(first.encode())
            began: Any = connection.execute("SELECT clock_timestamp()").fetchone()
            connection.execute(
                "DO $$ BEGIN FOR n IN 1..300 LOOP UPDATE items SET note = 'x' || n WHERE id = n;"
                " INSERT INTO items VALUES (-n, 1), (-1000 - n, 2); END LOOP; END $$"
            )
            [(taken,)] = connection.execute(
                "SELECT extract(epoch FROM clock_timestamp() - %s)::float8", began
            ).fetchall()
            connection.execute("DELETE FROM items WHERE id < 0")
            return float(taken)

    small = min(seconds("UPDATE items SET note = note || 'y' WHERE id = 1") for _ in range(3))
    large = min(seconds("UPDATE items SET note = note || 'y'") for _ in range(3))
    assert large < 5 * small
