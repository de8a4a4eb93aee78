"""S3: what whoever may create in the application's schemas can put before the names that our sessions use."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER, DEVELOPER
from tests.stress.hostile.scenario import scenario

_TABLES = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'glad');
CREATE TYPE spot AS (x int, y int);
CREATE TABLE parcels (
    id bigint PRIMARY KEY, code varchar(20) NOT NULL UNIQUE, mood mood NOT NULL, body varchar(80), n int NOT NULL,
    tags varchar(10)[], at spot);
INSERT INTO parcels SELECT g, 'code ' || g, (ARRAY['sad', 'ok', 'glad']::mood[])[g % 3 + 1], 'body ' || g, g,
    ARRAY['a', 'b' || g]::varchar[], ROW(g, g)::spot FROM generate_series(1, 60) AS g;
"""
_PAIRS = (
    *(("varchar", "varchar"), ("varchar", "text"), ("text", "varchar"), ("varchar", "name"), ("varchar", "bpchar")),
    *(("app.mood", "app.mood"), ("app.mood", "text"), ("text", "app.mood"), ("app.spot", "app.spot")),
    *(
        ("varchar[]", "varchar[]"),
        ("app.mood[]", "app.mood[]"),
        ("text[]", "varchar[]"),
        ("app.parcels", "app.parcels"),
    ),
)
_OPERATORS = {"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
# Their arguments fit better than those of the functions that PostgreSQL has, and then the path does not matter.
_FUNCTIONS = {
    "hashtext(varchar)": "int4 AS $$ BEGIN {take} RETURN hashtext($1::pg_catalog.text); END $$",
    "hashtextextended(varchar, int8)": "int8 AS $$ BEGIN {take} RETURN hashtextextended($1::text, $2); END $$",
    "hashenum(app.mood)": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "hashenumextended(app.mood, int8)": "int8 AS $$ BEGIN {take} RETURN 1; END $$",
    "hash_array_extended(varchar[], int8)": "int8 AS $$ BEGIN {take} RETURN 1; END $$",
    "hash_record_extended(app.spot, int8)": "int8 AS $$ BEGIN {take} RETURN 1; END $$",
    "md5(varchar)": "text AS $$ BEGIN {take} RETURN md5($1::pg_catalog.text); END $$",
    "text(varchar)": "text AS $$ BEGIN {take} RETURN $1::pg_catalog.text; END $$",
    "length(varchar)": "int4 AS $$ BEGIN {take} RETURN length($1::pg_catalog.text); END $$",
    "quote_ident(varchar)": "text AS $$ BEGIN {take} RETURN quote_ident($1::pg_catalog.text); END $$",
    "quote_literal(varchar)": "text AS $$ BEGIN {take} RETURN quote_literal($1::pg_catalog.text); END $$",
    "concat(varchar, varchar)": "text AS $$ BEGIN {take} RETURN $1; END $$",
    "format(varchar, varchar)": "text AS $$ BEGIN {take} RETURN $1; END $$",
    "to_jsonb(app.mood)": "jsonb AS $$ BEGIN {take} RETURN '1'; END $$",
    "to_jsonb(varchar)": "jsonb AS $$ BEGIN {take} RETURN '1'; END $$",
    "to_jsonb(app.parcels)": "jsonb AS $$ BEGIN {take} RETURN '{{}}'; END $$",
    "row_to_json(app.parcels)": "json AS $$ BEGIN {take} RETURN '{{}}'; END $$",
    "cardinality(varchar[])": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "array_position(varchar[], varchar)": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "unnest(varchar[])": "SETOF varchar AS $$ BEGIN {take} RETURN; END $$",
    "pg_column_size(varchar)": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "array_to_string(varchar[], varchar)": "text AS $$ BEGIN {take} RETURN ''; END $$",
    "cardinality(text[])": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "array_position(text[], text)": "int4 AS $$ BEGIN {take} RETURN 1; END $$",
    "unnest(text[])": "SETOF text AS $$ BEGIN {take} RETURN; END $$",
    "format(text, text)": "text AS $$ BEGIN {take} RETURN $1; END $$",
    "concat(text, text)": "text AS $$ BEGIN {take} RETURN $1; END $$",
    "to_jsonb(text)": "jsonb AS $$ BEGIN {take} RETURN '1'; END $$",
    "coalesce(varchar, varchar)": "varchar AS $$ BEGIN {take} RETURN $1; END $$",
}
_AGGREGATES = {
    "array_agg": ("varchar", "app.mood", "int4", "text", "int8"),
    # Not int8: a definition of ours counts those itself.
    "count": ("varchar", "app.mood", "text", "bool", "timestamptz", "int4"),
    "max": ("varchar", "app.mood", "bool"),
    "min": ("varchar", "app.mood", "bool"),
    "jsonb_agg": ("varchar", "app.mood", "app.parcels", "text"),
    "string_agg": ("varchar, varchar",),
}
# Named like what our sessions read.
_RELATIONS = (
    *("pg_class", "pg_attribute", "pg_namespace", "pg_proc", "pg_type", "pg_index", "pg_trigger", "pg_constraint"),
    *("pg_stat_activity", "pg_locks", "pg_roles", "pg_tables"),
    *("change_log", "pending", "read_model", "source", "dependency", "images", "denorm_stage", "staged"),
)
_CASTS = {"(app.mood AS text)": "app.mood", "(app.spot AS text)": "app.spot", "(app.parcels AS text)": "app.parcels"}


def _plant(arena: Arena, role: str, statement: str) -> None:
    # Some of it PostgreSQL may refuse; what it takes is the attack.
    arena.attempt(statement, role)


def plant(arena: Arena, schemas: tuple[str, ...] = ("app", "public")) -> None:
    """As one who may create in these schemas, shadow operators, functions, aggregates and relations there."""
    for schema in schemas:
        for number, (left, right) in enumerate(_PAIRS):
            for operator, called in _OPERATORS.items():
                function = f"{schema}.shadow_{number}_{called}"
                what = f"operator {operator} ({left}, {right})"
                compare = f"$1::pg_catalog.text OPERATOR(pg_catalog.{operator}) $2::pg_catalog.text"
                _plant(
                    arena,
                    DEVELOPER,
                    f"CREATE FUNCTION {function}({left}, {right}) RETURNS boolean LANGUAGE plpgsql AS"
                    f" $$ BEGIN PERFORM loot.take('{what}'); RETURN {compare}; END $$;"
                    f"CREATE OPERATOR {schema}.{operator}"
                    f" (LEFTARG = {left}, RIGHTARG = {right}, FUNCTION = {function})",
                )
        for signature, body in _FUNCTIONS.items():
            text = body.format(take=f"PERFORM loot.take('function {signature}');")
            returned, _, code = text.partition(" AS ")
            _plant(
                arena,
                DEVELOPER,
                f'CREATE FUNCTION {schema}."{signature.partition("(")[0]}"({signature.partition("(")[2]}'
                f" RETURNS {returned} LANGUAGE plpgsql AS {code}",
            )
        for name, signatures in _AGGREGATES.items():
            for number, signature in enumerate(signatures):
                state = f"{schema}.state_{name}_{number}"
                _plant(
                    arena,
                    DEVELOPER,
                    f"CREATE FUNCTION {state}(int8, {signature}) RETURNS int8 LANGUAGE plpgsql AS"
                    f" $$ BEGIN PERFORM loot.take('aggregate {name}({signature})'); RETURN 1; END $$;"
                    f"CREATE AGGREGATE {schema}.{name}({signature}) (SFUNC = {state}, STYPE = int8, INITCOND = '0')",
                )
        for name in _RELATIONS:
            _plant(arena, DEVELOPER, f"CREATE VIEW {schema}.{name} AS SELECT loot.take('view {name}') AS oid")
            _plant(arena, DEVELOPER, f"GRANT SELECT ON {schema}.{name} TO PUBLIC")


def plant_casts(arena: Arena) -> None:
    """As the owner of the application's types, write casts of them to text."""
    for cast, type_name in _CASTS.items():
        function = f"app.shown_{type_name.partition('.')[2]}"
        _plant(
            arena,
            APP_OWNER,
            f"CREATE FUNCTION {function}({type_name}) RETURNS text LANGUAGE plpgsql AS"
            f" $$ BEGIN PERFORM loot.take('cast {cast}'); RETURN 'x'; END $$;"
            f"CREATE CAST {cast} WITH FUNCTION {function}({type_name}) AS ASSIGNMENT",
        )


def _live_through(arena: Arena) -> None:
    """Have everything of ours run that reads or writes rows: load, drain, check, repair, rebuild, replace."""
    columns = "SELECT id, code, mood, body, n, tags, at FROM parcels"
    models = [
        arena.model("parcel_copy", columns, key=("code",)),
        arena.model("parcel_now", columns, key=("code", "mood"), refresh=Realtime(OFTEN)),
        arena.model("parcel_ranges", "SELECT id, code, mood FROM parcels", backfill="parcels.id"),
        arena.model("parcel_moods", "SELECT mood, count(*) AS parcels FROM parcels GROUP BY mood", key=("mood",)),
        arena.model("parcel_view", "SELECT code, mood, body FROM parcels", key=("code",), refresh=Full(OFTEN)),
    ]
    adopted = arena.adopt_each(*models)
    arena.run("UPDATE parcels SET mood = 'sad', body = body || '!' WHERE id % 5 = 0")
    arena.run("INSERT INTO parcels VALUES (1001, 'code 1001', 'ok', 'new', 1, ARRAY['z'], ROW(1, 2))")
    arena.run("DELETE FROM parcels WHERE id % 11 = 0")
    arena.settle()
    with arena.admin() as connection:
        for model in adopted:
            if not model.is_view:
                connection.execute(f"DELETE FROM {model.name} WHERE mood = 'glad'".encode())
    for words in (
        ("plan", "--sql"),
        ("check",),
        ("check", "shop/parcel_copy", "--code", "code 7"),
        ("reconcile", "shop"),
        ("reconcile", "shop", "--repair", "--max-share", "1"),
        ("audit", "shop"),
        ("refresh", "shop"),
        ("backfill", "shop/parcel_ranges", "--again"),
        ("status",),
        ("status", "--objects"),
        ("status", "--health"),
        ("uninstall", "--dry-run"),
    ):
        arena.command(*words)
    for text in (
        "SELECT id, code, mood, upper(body)::varchar(80) AS body, n, tags, at FROM parcels",
        "SELECT id, code, mood, body::text AS body, n, tags, at FROM parcels",
    ):
        changed = arena.model("parcel_copy", text, key=("code",))
        phases = tuple(
            replace(phase, read_models=tuple(changed if m.name == changed.name else m for m in phase.read_models))
            for phase in arena.system.phases
        )
        arena.redeclare(replace(arena.system, phases=phases))
        arena.command("apply")
    arena.shell.start_worker()
    arena.run("UPDATE parcels SET body = body || '?' WHERE id % 7 = 0")


@scenario("S3", (18, 15))
def developer_shadows_what_our_sessions_use(arena: Arena) -> None:
    """A role that may create in `app` and `public` makes operators, functions, aggregates and views of its own."""
    arena.prepare(_TABLES)
    plant(arena)
    _live_through(arena)


@scenario("S3", (18, 15))
def owner_of_types_writes_casts(arena: Arena) -> None:
    """The owner of the application's types writes casts from an enum, a composite and a table's row to text."""
    arena.prepare(_TABLES)
    plant_casts(arena)
    _live_through(arena)


@scenario("S3", as_superuser=True)
def developer_becomes_superuser(arena: Arena) -> None:
    """Operators and casts are planted once everything is live and stands still, where a superuser drains."""
    arena.prepare(_TABLES)
    arena.adopt(
        arena.model("parcel_copy", "SELECT code, mood, body FROM parcels", key=("code",)),
        arena.model(
            "parcel_now", "SELECT code, mood, body FROM parcels", key=("mood", "code"), refresh=Realtime(OFTEN)
        ),
    )
    plant(arena)
    plant_casts(arena)
    arena.run("UPDATE parcels SET mood = 'sad', body = body || '!' WHERE id % 5 = 0")
    arena.settle()
    arena.command("check")
    arena.command("reconcile", "shop")


@scenario("S3")
def developer_shadows_what_definitions_call(arena: Arena) -> None:
    """Operators and aggregates that the definitions themselves use are shadowed once everything is live."""
    arena.prepare(_TABLES + "CREATE TABLE shelves (code varchar(20) PRIMARY KEY, place varchar(9));")
    text = "SELECT p.id, s.place FROM parcels AS p JOIN shelves AS s ON s.code = p.code"
    arena.adopt(arena.model("parcel_places", text))
    plant(arena, ("app",))
    _plant(
        arena,
        DEVELOPER,
        "CREATE FUNCTION app.state_own(int8, int8) RETURNS int8 LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM loot.take('aggregate count(int8)'); RETURN coalesce($1, 0) + 1; END $$;"
        "CREATE AGGREGATE app.count(int8) (SFUNC = app.state_own, STYPE = int8, INITCOND = '0')",
    )
    arena.run("INSERT INTO shelves SELECT code, 'left' FROM parcels")
    arena.run("UPDATE parcels SET code = code || '!' WHERE id < 9")
