"""S4 and S5: what `apply`, `refresh` and `uninstall` take for ours, and drop or overwrite."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.model.refresh import Full, Realtime
from denorm_assets.model.system import Phase
from tests.stress.hostile.application import FLAG, OFTEN
from tests.stress.hostile.arena import Arena, Refused
from tests.stress.hostile.scenario import scenario

_SCORES = """
CREATE TABLE games (id bigint PRIMARY KEY, player bigint NOT NULL, points int NOT NULL);
INSERT INTO games SELECT n, n % 20 + 1, n FROM generate_series(1, 100) AS n;
"""
_SUMS = "SELECT player, sum(points) AS points FROM games GROUP BY player"


def _whatever_is_done(arena: Arena) -> None:
    """Declare it, and go through with everything that a person would try."""
    try:
        arena.must("apply")
        arena.must("backfill", f"shop/{arena.system.read_models[-1].name}")
        arena.shell.start_worker()
    except Refused:
        pass
    arena.command("refresh", "shop")
    arena.run("UPDATE games SET points = points + 1 WHERE id % 3 = 0")
    arena.settle()
    arena.command("reconcile", "shop", "--repair", "--max-share", "1")


def _goodbye(arena: Arena) -> None:
    arena.stop_writers()
    arena.shell.stop_worker()
    # What is asked for may go; only what is not ours is judged.
    arena.forget_models()
    arena.command("uninstall", "shop", "--yes")


@scenario("S4")
def read_model_is_called_like_a_table_of_the_application(arena: Arena) -> None:
    """A table with the name, columns and key of a read model holds rows that nobody else has."""
    arena.prepare(
        _SCORES + "CREATE TABLE scores (player bigint PRIMARY KEY, points bigint);"
        "INSERT INTO scores SELECT n, -n FROM generate_series(1, 70) AS n;"
        "GRANT ALL ON scores TO denorm_owner"
    )
    arena.protect("scores")
    arena.declare(arena.model("scores", _SUMS, key=("player",)))
    _whatever_is_done(arena)
    _goodbye(arena)


@scenario("S4", as_superuser=True)
def superuser_takes_over_a_table_of_the_application(arena: Arena) -> None:
    """The same where the product may do everything, for each kind of read model."""
    arena.prepare(
        _SCORES + "CREATE TABLE scores (player bigint PRIMARY KEY, points bigint);"
        "CREATE TABLE scores_now (player bigint PRIMARY KEY, points bigint);"
        "CREATE MATERIALIZED VIEW scores_view AS SELECT n::bigint AS player, -n::bigint AS points"
        " FROM generate_series(1, 70) AS n; CREATE UNIQUE INDEX ON scores_view (player);"
        "INSERT INTO scores SELECT * FROM scores_view; INSERT INTO scores_now SELECT * FROM scores_view"
    )
    tables = ("scores", "scores_now", "scores_view")
    for table in tables:
        arena.protect(table)
    kinds = {"scores": None, "scores_now": Realtime(OFTEN), "scores_view": Full(OFTEN)}
    plain = arena.system
    for table, kind in kinds.items():
        arena.redeclare(plain)
        arena.declare(arena.model(table, _SUMS, key=("player",), refresh=kind))
        _whatever_is_done(arena)
    arena.redeclare(plain)
    for table, kind in kinds.items():
        arena.declare(arena.model(table, _SUMS, key=("player",), refresh=kind))
    _goodbye(arena)


@scenario("S4", as_superuser=True)
def read_model_is_called_like_its_source(arena: Arena) -> None:
    """A definition that filters a table stands under that table's name."""
    arena.prepare(_SCORES)
    arena.protect("games")
    arena.declare(arena.model("games", "SELECT id, player, points FROM games WHERE id % 2 = 0"))
    try:
        arena.must("apply")
        arena.must("backfill", "shop/games")
    except Refused:
        pass
    arena.command("refresh", "shop")
    _goodbye(arena)


@scenario("S4", as_superuser=True)
def read_model_is_called_like_a_partition_of_its_source(arena: Arena) -> None:
    """A definition over a partitioned table stands under the name of one of its partitions."""
    arena.prepare(
        "CREATE TABLE hits (id bigint PRIMARY KEY, n int) PARTITION BY RANGE (id);"
        "CREATE TABLE hits_low PARTITION OF hits FOR VALUES FROM (0) TO (50);"
        "CREATE TABLE hits_high PARTITION OF hits FOR VALUES FROM (50) TO (1000);"
        "INSERT INTO hits SELECT n, n FROM generate_series(1, 90) AS n"
    )
    arena.protect("hits")
    for name, within in {"hits_low": "id < 50", "hits_high": "id >= 50"}.items():
        before = arena.system
        arena.declare(arena.model(name, f"SELECT id, n FROM hits WHERE n % 2 = 0 AND {within}"))
        try:
            arena.must("apply")
            arena.must("backfill", f"shop/{name}")
        except Refused:
            arena.redeclare(before)
        arena.command("refresh", "shop")
    _goodbye(arena)


@scenario("S4", as_superuser=True)
def tables_of_the_application_carry_our_comment(arena: Arena) -> None:
    """A copy of a read model, with its COMMENT copied too, stands beside it under names of the application's."""
    [(comment,)] = arena.rows("SELECT obj_description('person_totals'::regclass)")
    copies = ("person_totals_2023", "orders_kept", "denorm_next_1", "person_totals_old")
    for copy in copies:
        arena.prepare(
            f"CREATE TABLE {copy} AS SELECT n AS id, 'kept' AS name FROM generate_series(1, 30) AS n;"
            f"COMMENT ON TABLE {copy} IS $c${comment}$c$"
        )
        arena.protect(copy)
    arena.prepare("CREATE MATERIALIZED VIEW ranks_kept AS SELECT n AS id FROM generate_series(1, 30) AS n")
    with arena.admin() as connection:
        connection.execute(
            "DO $$ BEGIN EXECUTE format('COMMENT ON MATERIALIZED VIEW ranks_kept IS %L',"
            " obj_description('order_ranks'::regclass)); END $$"
        )
    arena.protect("ranks_kept")
    arena.command("apply")
    # A read model is no longer declared: what goes with it is the read model alone.
    phase = arena.system.phases[0]
    kept = tuple(model for model in phase.read_models if model.name != "person_totals")
    arena.forget_models()
    arena.redeclare(replace(arena.system, phases=(replace(phase, read_models=kept), *arena.system.phases[1:])))
    arena.process("apply")
    _goodbye(arena)


@scenario("S4", as_superuser=True)
def table_with_our_comment_has_the_name_of_a_read_model(arena: Arena) -> None:
    """A dump of a read model was restored, and changed since, where nothing is registered under that name."""
    arena.prepare(
        _SCORES + "CREATE TABLE scores (player bigint PRIMARY KEY, points bigint);"
        "INSERT INTO scores SELECT n, -n FROM generate_series(1, 70) AS n;"
        "COMMENT ON TABLE scores IS 'denorm_assets read model shop/scores, kept equal to its definition'"
    )
    arena.protect("scores")
    arena.declare(arena.model("scores", _SUMS, key=("player",)))
    _whatever_is_done(arena)
    _goodbye(arena)


def _undeclare(arena: Arena, *names: str) -> None:
    phases = tuple(
        replace(phase, read_models=tuple(model for model in phase.read_models if model.name not in names))
        for phase in arena.system.phases
    )
    arena.redeclare(replace(arena.system, phases=phases))


@scenario("S5")
def branch_lacks_a_live_read_model(arena: Arena) -> None:
    """`apply` from a branch that does not declare a read model which is live."""
    before = arena.system
    _undeclare(arena, "person_totals")
    ran = arena.process("apply")
    if ran.status:
        arena.outcome.refused.append(ran.error)
    arena.redeclare(before)


@scenario("S5")
def branch_lacks_a_read_model_whose_flag_is_on(arena: Arena) -> None:
    """The same for each kind while the flag is on at 100 %: everybody reads them."""
    arena.must("flag", "shop", "--percentage", "100")
    before = arena.system
    for name in ("person_totals", "order_cards", "order_ranks"):
        _undeclare(arena, name)
        ran = arena.process("apply")
        if ran.status:
            arena.outcome.refused.append(ran.error)
        arena.redeclare(before)
    assert arena.value(f"SELECT denorm.flag_enabled('{FLAG}', '1')") is not None, "the flag is there"


@scenario("S5")
def another_system_has_the_name(arena: Arena) -> None:
    """DENORM_SYSTEMS names another system, which is called the same and declares something else."""
    before = arena.system
    arena.prepare(_SCORES)
    other = arena.model("game_sums", _SUMS, key=("player",))
    arena.redeclare(replace(before, phases=(Phase("phase_1", (other,)),)))
    ran = arena.process("apply")
    if ran.status:
        arena.outcome.refused.append(ran.error)
    arena.redeclare(before)


@scenario("S5")
def read_model_is_renamed_in_the_declaration(arena: Arena) -> None:
    """A live read model is declared under another name: whoever reads the old one has to be asked."""
    before = arena.system
    phase = before.phases[0]
    renamed = tuple(
        replace(model, name="people_totals") if model.name == "person_totals" else model for model in phase.read_models
    )
    arena.redeclare(replace(before, phases=(replace(phase, read_models=renamed),)))
    ran = arena.process("apply")
    if ran.status:
        arena.outcome.refused.append(ran.error)
    arena.redeclare(before)
