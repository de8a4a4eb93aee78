"""A7: values that are equal and look different, and the reverse: a choice among equals is no drift."""

from __future__ import annotations

from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import APP_OWNER
from tests.stress.hostile.scenario import scenario

_VALUES = {
    "citext": ("citext", "'alice'", "'ALICE'"),
    "numeric": ("numeric", "1.0", "1.00"),
    "interval": ("interval", "'1 day'", "'24:00:00'"),
    "collated": ("text COLLATE app.ci", "'straße'", "'STRASSE'"),
    "float": ("float8", "0", "'-0'"),
    "blanks": ("bpchar", "'a'", "'a  '"),
    "numbers": ("numeric[]", "ARRAY[1.0, 2]", "ARRAY[1.00, 2]"),
    "range": ("numrange", "'[1.0,2)'", "'[1.00,2)'"),
    "json": ("jsonb", "'{\"a\": 1.0}'", "'{\"a\": 1.00}'"),
    "pair": ("app.pair", "ROW(1.0, 'a')", "ROW(1.00, 'a')"),
}
_COLLATION = "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"


@scenario("A7", (18, 15))
def spelling_is_corrected(arena: Arena) -> None:
    """A key, or another column, is changed to a value that is equal and looks different."""
    with arena.admin() as connection:
        connection.execute("CREATE EXTENSION citext SCHEMA public")
    values, setup = dict(_VALUES), ["CREATE TYPE pair AS (n numeric, s text)"]
    if arena.has_icu():
        setup.append(_COLLATION)
    else:
        del values["collated"]
    models: list[ReadModel] = []
    for name, (of_type, before, _) in values.items():
        setup.append(
            f"CREATE TABLE same_{name} (id int PRIMARY KEY, v {of_type});"
            f"INSERT INTO same_{name} VALUES (1, {before}), (2, NULL)"
        )
        text = f"SELECT v, id FROM same_{name} WHERE v IS NOT NULL"
        models += [
            arena.model(f"by_{name}", text, key=("v",)),
            arena.model(f"with_{name}", text),
            arena.model(f"now_{name}", text, refresh=Realtime(OFTEN)),
            arena.model(f"view_{name}", text, refresh=Full(OFTEN)),
        ]
    arena.prepare(";".join(setup))
    arena.adopt_each(*models)
    for name, (_, _, after) in values.items():
        arena.run(f"UPDATE same_{name} SET v = {after} WHERE id = 1")
    arena.settle()
    # What a drain left behind, a repair has to see.
    arena.command("reconcile", "shop", "--repair", "--max-share", "1")


@scenario("A7")
def choice_among_equals_is_no_drift(arena: Arena) -> None:
    """max, min, DISTINCT and GROUP BY choose among equals, and choose otherwise once rows lie in another order."""
    with arena.admin() as connection:
        connection.execute("CREATE EXTENSION citext SCHEMA public")
    arena.prepare(
        "CREATE TABLE chosen (id int PRIMARY KEY, g int NOT NULL, n numeric, name citext, s interval);"
        "INSERT INTO chosen SELECT i, i % 4, (ARRAY[1.0, 1.00])[i / 4 % 2 + 1], (ARRAY['bob', 'BOB'])[i / 4 % 2 + 1],"
        " (ARRAY['1 day', '24:00']::interval[])[i / 4 % 2 + 1]"
        " FROM generate_series(1, 32) AS i; CREATE INDEX chosen_backwards ON chosen (id DESC)"
    )
    models = [
        arena.model("chosen_max", "SELECT g AS id, max(n) AS n FROM chosen GROUP BY g"),
        arena.model("chosen_min", "SELECT g AS id, min(s) AS s FROM chosen GROUP BY g"),
        arena.model("chosen_names", "SELECT g, name, count(*) AS rows FROM chosen GROUP BY g, name", key=("g", "name")),
        arena.model("chosen_distinct", "SELECT DISTINCT g, n FROM chosen", key=("g", "n")),
        arena.model("chosen_view", "SELECT g AS id, max(n) AS n FROM chosen GROUP BY g", refresh=Full(OFTEN)),
    ]
    adopted = [model.name for model in arena.adopt_each(*models)]
    arena.by_value.update(adopted)
    arena.settle()
    arena.run("CLUSTER chosen USING chosen_backwards", APP_OWNER)
    arena.expect_no_alarm(*adopted)
    arena.run("UPDATE chosen SET g = g WHERE id = 1")
    arena.expect_no_alarm(*adopted)
