"""Purging: only what was marked long ago goes, and nothing goes along with it."""

from __future__ import annotations

import psycopg
import pytest

from denorm_assets.db.table_changes.soft_deletes import purge
from denorm_assets.db.table_changes.soft_deletes.purge import Purged
from denorm_assets.errors import ConfigurationError, NotApplied
from denorm_assets.model.system import Phase, System
from tests.support.soft_deleting import Marking

LONG_AGO = "now() - interval '40 days'"


@pytest.fixture
def marked(shop: Marking) -> Marking:
    """Items 1 to 4 were marked 40 days ago, item 5 yesterday; so were the notes of 1 and of 2."""
    shop.apply()
    shop.run(
        f"UPDATE app.items SET deleted_at = {LONG_AGO} WHERE id <= 4;"
        " UPDATE app.items SET deleted_at = now() - interval '1 day' WHERE id = 5;"
        f" UPDATE app.notes SET deleted_at = {LONG_AGO} WHERE item_id = 1;"
        " UPDATE app.notes SET deleted_at = now() - interval '1 day' WHERE item_id = 2;"
        " DELETE FROM app.notes WHERE item_id = 4"
    )
    return shop


def items(shop: Marking) -> list[int]:
    return shop.value("SELECT array_agg(id ORDER BY id) FROM app.items")


def test_purge_old_marked_rows_deletes_children_first(marked: Marking) -> None:
    done = marked.purge()
    assert list(done) == ["notes", "items", "owners"]
    assert done["notes"] == Purged("app.notes", 2)
    # Item 1 waited for its notes; 2 has some that were marked yesterday, and 3 has living ones.
    assert done["items"] == Purged("app.items", 2, kept_for_living=1, kept_for_kept=1)
    assert done["items"].summary == (
        "2 rows purged; 1 kept: they have rows that are not deleted; 1 kept: they have rows that are deleted and kept"
    )
    assert items(marked) == [2, 3, 5, 6, 7, 8, 9, 10]
    assert marked.value("SELECT count(*) FROM app.notes WHERE item_id IN (2, 3)") == 4
    assert marked.purge()["items"].rows == 0


def test_purge_older_than_zero_days_deletes_all_marked_rows(marked: Marking) -> None:
    assert {table: done.rows for table, done in marked.purge(0).items()} == {"notes": 4, "items": 3, "owners": 0}
    assert items(marked) == [3, 5, 6, 7, 8, 9, 10]


def test_purge_dry_run_reports_same_and_deletes_nothing(marked: Marking) -> None:
    would = marked.purge(dry_run=True)
    assert items(marked) == list(range(1, 11))
    assert marked.lines[-1] == "app.owners: 0 rows purged (dry run)"
    assert would == marked.purge()


def test_purge_several_batches_deletes_all(marked: Marking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "_BATCH", 2)
    marked.run(f"INSERT INTO app.items SELECT n, NULL, '', {LONG_AGO} FROM generate_series(100, 107) AS n")
    assert marked.purge()["items"] == Purged("app.items", 10, 1, 1)


def test_purge_out_of_time_next_run_resumes(marked: Marking) -> None:
    done = marked.purge(minutes=0)
    assert done["items"] == Purged("app.items", finished=False)
    assert done["items"].summary == "0 rows purged; out of time, the next purge goes on"
    assert marked.purge(minutes=1)["items"].rows == 2


def test_purge_declared_keep_days_decides_age(marked: Marking) -> None:
    marked.keep_days = 41
    assert marked.purge()["items"].rows == 0


def test_purge_row_used_by_table_without_soft_deletes_is_kept(marked: Marking) -> None:
    marked.run("CREATE TABLE app.prices (item_id int REFERENCES app.items ON DELETE CASCADE)")
    marked.run("INSERT INTO app.prices VALUES (4)")
    assert marked.purge()["items"] == Purged("app.items", 1, kept_for_living=2, kept_for_kept=1)
    marked.run("ALTER TABLE app.prices DROP CONSTRAINT prices_item_id_fkey")
    marked.run("ALTER TABLE app.prices ADD FOREIGN KEY (item_id) REFERENCES app.items ON DELETE SET NULL")
    assert marked.purge()["items"].rows == 1
    assert marked.rows("SELECT item_id FROM app.prices") == [(None,)]


def test_purge_rows_referring_to_own_table_are_deleted_first(shop: Marking) -> None:
    shop.run(
        "ALTER TABLE app.items ADD COLUMN parent_id int REFERENCES app.items; UPDATE app.items SET parent_id = id - 1"
        " WHERE id BETWEEN 2 AND 4; UPDATE app.items SET parent_id = id WHERE id = 6; DELETE FROM app.notes"
    )
    shop.apply()
    shop.run(f"UPDATE app.items SET deleted_at = {LONG_AGO} WHERE id <= 4 OR id = 6")
    assert shop.purge()["items"] == Purged("app.items", 5)
    shop.run(f"UPDATE app.items SET parent_id = 10 WHERE id = 5; UPDATE app.items SET deleted_at = {LONG_AGO}")
    shop.run("UPDATE app.items SET deleted_at = NULL WHERE id = 5")
    assert shop.purge()["items"] == Purged("app.items", 3, kept_for_living=1)


def test_purge_tables_referring_to_each_other_keeps_cyclic_rows(shop: Marking) -> None:
    shop.run("ALTER TABLE app.owners ADD COLUMN first_item int REFERENCES app.items; DELETE FROM app.notes")
    shop.run("UPDATE app.owners SET first_item = 1 WHERE name = 'ann'")
    shop.apply()
    shop.run(f"UPDATE app.items SET deleted_at = {LONG_AGO}; UPDATE app.owners SET deleted_at = {LONG_AGO}")
    shop.purge()
    shop.purge()
    assert shop.rows("SELECT name FROM app.owners") == [("ann",)], "each keeps the other"


def test_purge_row_being_referred_to_by_open_transaction_is_kept(marked: Marking) -> None:
    with psycopg.connect(marked.url) as writer:
        writer.execute("INSERT INTO app.notes (item_id, number) VALUES (4, 99)")
        assert marked.purge()["items"].rows == 1
        writer.commit()
    assert marked.purge()["items"] == Purged("app.items", 0, kept_for_living=2, kept_for_kept=1)
    assert marked.value("SELECT count(*) FROM app.notes WHERE item_id = 4") == 1


def test_purge_row_referred_to_by_read_model_is_deleted(marked: Marking) -> None:
    marked.run(
        "CREATE TABLE app.copies (id int REFERENCES app.items ON DELETE CASCADE);"
        " COMMENT ON TABLE app.copies IS 'denorm_assets read model shop/copies, version 1'; INSERT INTO app.copies"
        " VALUES (4)"
    )
    assert marked.purge()["items"].rows == 2
    assert marked.rows("SELECT * FROM app.copies") == []


def test_purge_soft_deletes_not_applied_or_declared_is_refused(shop: Marking) -> None:
    # An application's own column is nothing to purge by, before anybody asked for it.
    shop.run("ALTER TABLE app.items ADD deleted_at timestamptz DEFAULT 'epoch'")
    with pytest.raises(NotApplied, match=r"the view app\.\w+_live has not been created"):
        shop.purge()
    assert shop.value("SELECT count(*) FROM app.items") == 10
    bare = System("bare", "app", (Phase("phase_1"),))
    with pytest.raises(ConfigurationError, match="the system bare declares no soft deletes"):
        purge.purge(shop.database, bare, purge.PurgeOptions())


def test_purge_odd_table_and_column_names_are_quoted(shop: Marking) -> None:
    shop.run(
        'CREATE TABLE app."50%s {x}" ("a %s {b}" varchar(20) PRIMARY KEY, "B" varchar(20) REFERENCES app."50%s {x}")'
    )
    odd = shop.of("50%s {x}")
    odd.apply()
    odd.run(f"""INSERT INTO app."50%s {{x}}" VALUES ('it''s', NULL, {LONG_AGO}), ('b', 'it''s', {LONG_AGO})""")
    assert odd.purge()["50%s {x}"].rows == 2
