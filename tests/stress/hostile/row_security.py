"""S7: row-level security on sources, before and after read models are made of them."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena, Refused
from tests.stress.hostile.realm import APP_OWNER, APPLICATION
from tests.stress.hostile.scenario import scenario

_TABLE = """
CREATE TABLE ledger (id bigint PRIMARY KEY, tenant text NOT NULL, account int NOT NULL, amount int NOT NULL);
INSERT INTO ledger SELECT n, CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END, n % 10, n FROM generate_series(1, 100) AS n;
"""
_POLICY = """
ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON ledger USING (tenant = current_setting('app.tenant', true));
"""
_SUMS = "SELECT account, count(*) AS entries, sum(amount) AS amount FROM ledger GROUP BY account"
_COPY = "SELECT id, tenant, amount FROM ledger"


def _as_tenant(arena: Arena) -> None:
    arena.run("SET app.tenant = 'a'")
    arena.run("UPDATE ledger SET amount = amount + 1 WHERE id <= 20")
    arena.run("INSERT INTO ledger VALUES (500, 'a', 3, 1)")
    arena.run("DELETE FROM ledger WHERE id = 40")


def _tell_remedy(arena: Arena) -> None:
    """What a check that names row-level security asks for: no security there, or rights that see all rows."""
    with arena.admin() as connection:
        connection.execute(f"ALTER ROLE {arena.owner} BYPASSRLS".encode())


def _enabled_later(arena: Arena, name: str, settle: bool) -> None:
    before = arena.value(f"SELECT count(*) FROM {name}")
    arena.run(_POLICY, APP_OWNER)
    arena.remedy = lambda: _tell_remedy(arena)
    _as_tenant(arena)
    if settle:
        arena.settle()
    after = arena.value(f"SELECT count(*) FROM {name}")
    if after < before - 1:
        arena.outcome.lost[f"read model {name}, by the writer's own statement"] += before - after


@scenario("S7", (18, 15))
def policy_comes_later_on_a_source_of_realtime(arena: Arena) -> None:
    """Row-level security is enabled on a source of Realtime read models; then a tenant writes."""
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model("ledger_sums", _SUMS, key=("account",), refresh=Realtime(OFTEN)),
        arena.model("ledger_copy", _COPY, refresh=Realtime(OFTEN)),
    )
    arena.shell.stop_worker()
    _enabled_later(arena, "ledger_copy", settle=False)
    held = arena.value("SELECT sum(entries) FROM ledger_sums")
    there = arena.value("SELECT count(*) FROM ledger")
    if held < there - 5:
        arena.outcome.lost["entries counted by read model ledger_sums, by the writer's own statement"] += there - held
    arena.shell.start_worker()


@scenario("S7")
def policy_comes_later_on_other_kinds(arena: Arena) -> None:
    """The same for Debounced and Full, which refresh in sessions of their own."""
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model("ledger_sums", _SUMS, key=("account",)),
        arena.model("ledger_copy", _COPY),
        arena.model("ledger_view", _COPY, refresh=Full(OFTEN)),
    )
    _enabled_later(arena, "ledger_copy", settle=True)


@scenario("S7")
def policy_shows_the_owner_some_rows(arena: Arena) -> None:
    """A policy for our owner shows it some rows only, as the advice to give it a policy can end."""
    arena.prepare(_TABLE)
    arena.adopt(
        arena.model("ledger_copy", _COPY, refresh=Realtime(OFTEN)),
        arena.model("ledger_sums", _SUMS, key=("account",)),
    )
    arena.run("CREATE POLICY ours ON ledger TO denorm_owner USING (id > 50)", APP_OWNER)
    _enabled_later(arena, "ledger_copy", settle=True)


@scenario("S7")
def policy_is_there_before(arena: Arena) -> None:
    """A read model of a source with row-level security shows everybody what the source hides; who says so?"""
    _secured_source(arena, "")


@scenario("S7", as_superuser=True)
def policy_is_there_before_and_forced(arena: Arena) -> None:
    """The same with FORCE, where a superuser makes the read model."""
    _secured_source(arena, "ALTER TABLE ledger FORCE ROW LEVEL SECURITY;")


def _secured_source(arena: Arena, more: str) -> None:
    arena.prepare(_TABLE + _POLICY + more)
    with arena.admin() as connection:
        connection.execute(f"ALTER ROLE {arena.owner} BYPASSRLS".encode())
    models = [arena.model("ledger_copy", _COPY), arena.model("ledger_view", _COPY, refresh=Full(OFTEN))]
    said = ""
    for model in models:
        before = arena.system
        arena.declare(model)
        said += arena.command("plan").out
        arena.redeclare(before)
        try:
            arena.adopt(model)
        except Refused:
            continue
        applied = arena.command("apply")
        said += applied.out + applied.err
        arena.attempt("SET app.tenant = 'a'", APPLICATION)
        with arena.admin() as connection:
            connection.execute(f"GRANT SELECT ON {model.name} TO {APPLICATION}".encode())
        [(shown,)] = arena.session(APPLICATION).execute(
            f"SELECT count(*) FROM {model.name} WHERE tenant <> 'a'".encode()
        )
        if shown and "row-level security" not in said.lower() and "row security" not in said.lower():
            arena.outcome.privileges.append(
                f"readers of {model.name} see {shown} rows that the source hides, and neither plan nor apply says so"
            )
    _as_tenant(arena)
