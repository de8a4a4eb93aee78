"""A relation that takes another's place keeps what the application said of it, or is refused the place."""

from __future__ import annotations

from collections.abc import Callable, Generator

import pytest

from denorm_assets.errors import DependedOn, ForeignColumns
from denorm_assets.model.index import Index
from denorm_assets.model.refresh import Debounce, Full
from tests.integration.db.apply import test_rebuilding
from tests.integration.db.apply.test_rebuilding import DROPPED, OLD, apply, assert_done, planned
from tests.support.case import Case

live = test_rebuilding.live
MakeLive = Callable[..., Case]
TRIGGER = """
CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER mine AFTER INSERT ON links EXECUTE FUNCTION mine();
"""
IN_THE_WAY = {
    "ALTER TABLE links ENABLE ROW LEVEL SECURITY": "row security of app.links",
    "ALTER TABLE links FORCE ROW LEVEL SECURITY": "row security of app.links",
    "CREATE POLICY mine ON links USING (true)": "policy mine on app.links",
    "CREATE PUBLICATION mine FOR TABLE links": "publication mine",
    TRIGGER: "trigger mine on app.links",
    "CREATE RULE mine AS ON UPDATE TO links DO ALSO NOTIFY mine": "rule mine on app.links",
    "CREATE INDEX mine ON links (body)": "index app.mine",
    "ALTER TABLE links ADD CONSTRAINT mine UNIQUE (body)": "index app.mine",
    "ALTER TABLE links ADD CONSTRAINT mine CHECK (id > 0)": "table constraint mine on app.links",
    "CREATE STATISTICS mine ON id, body FROM links": "statistics object app.mine",
}
SETTINGS = """
SELECT pg_get_userbyid(relowner), reloptions, relacl::text, col_description(oid, 1),
    (SELECT attacl::text FROM pg_attribute WHERE attrelid = c.oid AND attname = 'id')
FROM pg_class AS c WHERE oid = 'links'::regclass
"""


@pytest.mark.parametrize("made", IN_THE_WAY, ids=IN_THE_WAY.values())
def test_apply_table_with_objects_of_application_is_not_replaced(live: MakeLive, made: str) -> None:
    case = live(indexes=[Index("body", "id")])
    case.write(made)
    before = case.snapshot()
    case.redefine(DROPPED)
    case.redeclare(indexes=())
    for refused in (lambda: apply(case), lambda: planned(case)):
        with pytest.raises(DependedOn, match=f"depend on app.links: {IN_THE_WAY[made]}. .* Drop these first"):
            refused()
    assert case.snapshot() == before
    assert case.registered().state == "live"
    case.redefine(OLD)
    apply(case)
    assert_done(case)


@pytest.fixture
def roles(live: MakeLive) -> Generator[Callable[[Case, int], list[str]]]:
    """A function that makes roles of a case, which go with the test."""
    made: list[tuple[Case, str]] = []

    def make(case: Case, count: int) -> list[str]:
        names = [f"role_{number}_{case.value('SELECT current_database()')}" for number in range(count)]
        for name in names:
            case.run(f"CREATE ROLE {name}")
            made.append((case, name))
        return names

    yield make
    for case, name in made:
        case.run(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.parametrize("kind", ["table", "view"])
def test_replace_relation_keeps_owner_rights_and_settings(
    live: MakeLive, roles: Callable[[Case, int], list[str]], kind: str
) -> None:
    wider = "SELECT id, body, rank() OVER (ORDER BY id) AS place FROM items"
    case = live(wider, driving=(), refresh=Full(Debounce(quiet=0, max_wait=0))) if kind == "view" else live()
    reader, of_column, writer, owner, nobody = roles(case, 5)
    case.run(f"GRANT CREATE, USAGE ON SCHEMA app TO {owner}; ALTER TABLE links OWNER TO {owner}")
    case.run(f"GRANT SELECT ON links TO {reader} WITH GRANT OPTION; GRANT SELECT ON links TO PUBLIC")
    case.run(f"GRANT SELECT (id, body) ON links TO {of_column}; GRANT INSERT, REFERENCES ON links TO {writer}")
    case.run("ALTER TABLE links SET (fillfactor = 70, toast.autovacuum_enabled = false)")
    case.run("COMMENT ON COLUMN links.id IS 'mine'")
    case.run(f"ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT ALL ON TABLES TO {nobody}")
    before, relation = case.rows(SETTINGS), case.value("SELECT 'links'::regclass::oid")
    case.redefine("SELECT id, rank() OVER (ORDER BY id) AS place FROM items" if kind == "view" else DROPPED)
    apply(case)
    assert case.value("SELECT 'links'::regclass::oid") != relation
    assert [sorted_rights(row) for row in case.rows(SETTINGS)] == [sorted_rights(row) for row in before]
    assert not case.value(f"SELECT has_table_privilege('{nobody}', 'links', 'INSERT')")
    assert case.value(f"SELECT has_table_privilege('{writer}', 'links', 'INSERT, REFERENCES')")
    assert_done(case)


def sorted_rights(row: tuple[object, ...]) -> tuple[object, ...]:
    """The same with rights in one order: theirs says when they were given."""
    return tuple(sorted(each.strip("{}").split(",")) if isinstance(each, str) else each for each in row)


@pytest.mark.parametrize("definition", [OLD, DROPPED])
def test_apply_table_with_column_of_application_is_refused(live: MakeLive, definition: str) -> None:
    case = live()
    case.run("ALTER TABLE links ADD COLUMN note text; UPDATE links SET note = 'mine' WHERE id = 3")
    before = case.snapshot()
    case.redefine(definition)
    for refused in (lambda: apply(case), lambda: planned(case)):
        with pytest.raises(ForeignColumns, match=r"app.links has columns that denorm-assets did not create: note"):
            refused()
    assert case.snapshot() == before
    assert case.registered().state == "live"
    case.run("ALTER TABLE links DROP COLUMN note")
    apply(case)
    assert_done(case)
