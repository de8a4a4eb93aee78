"""C9: what `denorm-assets roles` prints, followed: owner, service, application and reader are logins apart."""

from __future__ import annotations

from denorm_assets.model.refresh import Full, Realtime
from tests.stress.hostile.application import OFTEN
from tests.stress.hostile.arena import Arena
from tests.stress.hostile.realm import SUPERUSER
from tests.stress.hostile.scenario import scenario
from tests.stress.hostile.shell import Shell

_PASSWORD = "hostile"


@scenario("C9", (15, 18))
def printed_roles_are_followed(arena: Arena) -> None:
    """A new installation by the printed SQL: a service that is a member of the owner works, and readers read."""
    names = {role: f"{arena.database}_{role}" for role in ("owner", "reader", "service", "looking")}
    arena.shell.stop_worker()
    arena.forget_models()
    arena.must("uninstall", "--yes")
    with arena.admin() as connection:
        connection.execute("DROP SCHEMA IF EXISTS denorm CASCADE")
    shell = Shell(arena.realm.url(SUPERUSER, arena.database), arena.folder)
    shell.declare(arena.system)
    printed = shell.run("roles", "--owner", names["owner"], "--reader", names["reader"])
    with arena.admin() as connection:
        connection.execute(printed.out.encode())
        for login, role in (("service", "owner"), ("looking", "reader")):
            connection.execute(
                f"CREATE ROLE {names[login]} LOGIN PASSWORD '{_PASSWORD}' IN ROLE {names[role]}".encode()
            )
    arena.note_rights()
    arena.owner = names["service"]
    arena.shell.url = arena.realm.url(names["service"], arena.database)
    arena.must("apply")
    for model in arena.system.read_models:
        arena.must("backfill", f"shop/{model.name}")
    arena.shell.start_worker()
    arena.run("UPDATE orders SET note = note || '!' WHERE id % 7 = 0")
    arena.expect_others_follow()
    # What one person declares later, another one's readers read as well.
    totals = "SELECT person_id, sum(amount) AS total FROM orders GROUP BY person_id"
    later = (
        arena.model("later", totals, key=("person_id",), refresh=Realtime(OFTEN)),
        arena.model("later_viewed", totals, key=("person_id",), refresh=Full(OFTEN)),
    )
    arena.declare(*later)
    arena.must("apply")
    for model in later:
        arena.must("backfill", f"shop/{model.name}")
    arena.shell.start_worker()
    for model in arena.system.read_models:
        arena.run(f"SELECT count(*) FROM {model.name}", names["looking"])
        arena.run(f"SELECT count(*) FROM {model.name}", names["owner"].replace("_owner", "_service"))
    for forbidden in ("SELECT FROM denorm.change_log", "DELETE FROM order_cards", "SELECT FROM orders"):
        if arena.attempt(forbidden, names["looking"]) is None:
            arena.outcome.privileges.append(f"a reader may {forbidden}")
    arena.expect_others_follow()
