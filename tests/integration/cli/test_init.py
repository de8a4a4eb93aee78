"""`init`: what it proposes for databases of many kinds, all of which passes `plan`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import Server
from tests.integration.cli.init_databases import CHINOOK, KEYLESS, ONLY_VIEWS, SCHEMAS, SHOP, TOTALS, TRIGGERS
from tests.support.case import as_role
from tests.support.pooler import running_pgbouncer
from tests.support.shell import Shell


@pytest.fixture
def empty(
    shell_on: Callable[[str], Shell], database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Shell]:
    """A shell over an empty database. What it writes is importable in this test alone: others write the same names."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield shell_on(database_url)
    for name, module in [*sys.modules.items()]:
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def shop(empty: Shell) -> Shell:
    """A shell over orders of customers."""
    empty.run(SHOP)
    return empty


@pytest.fixture
def reader(server: Server) -> Generator[str]:
    """A role that may log in, and owns nothing; what it owns in the end is dropped."""
    name = f"reader_{os.getpid()}"
    with psycopg.connect(server.postgres.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'secret'".encode())
        yield name
        connection.execute(f"DROP ROLE {name}".encode())


def proposed(shell: Shell, *words: str) -> Any:
    """What `init` says that it wrote; all of it passes `plan`, and nothing is changed in the database."""
    before = shell.contents()
    found = shell.fine("init", *words, "--json").json
    shell.fine("plan", "--systems", found["systems"])
    assert shell.contents() == before
    return found


def with_commented_out(folder: Path, found: Any) -> None:
    """Make what is commented out a part of the system."""
    package = found["systems"].partition(".")[0]
    path = folder / package / "systems.py"
    text = path.read_text(encoding="utf-8")
    for model in found["read_models"]:
        text = text.replace(f"# {model['name'].upper()},\n", f"{model['name'].upper()},\n")
    path.write_text(text, encoding="utf-8")
    for module in [module for module in sys.modules if module.partition(".")[0] == package]:
        del sys.modules[module]


def names(found: Any) -> list[str]:
    return [model["name"] for model in found["read_models"]]


def test_init_materialized_view_becomes_read_model_with_key_of_its_index(shop: Shell, tmp_path: Path) -> None:
    shop.run(TOTALS)
    shop.monkeypatch.delenv("DENORM_SYSTEMS")
    said = re.sub(r"\d+ kB", "some kB", shop.fine("init", "--name", "totals_shop", "--from-view", "totals").out)
    assert (tmp_path / "totals_shop" / "sql" / "totals_read_model.sql").read_text() == (
        "-- In place of the materialized view public.totals.\n"
        "-- Its key is that of the unique index totals_key.\n"
        "-- Not carried over: CREATE INDEX totals_by_name ON public.totals USING btree (lower(name))\n"
        "SELECT c.id,\n    c.name,\n    sum(o.total) AS total\n   FROM public.customers c\n"
        "     JOIN public.orders o ON o.customer_id = c.id\n  GROUP BY c.id\n"
    )
    assert (
        'TOTALS_READ_MODEL = ReadModel(\n    name="totals_read_model",\n'
        '    definition=SqlFile(SQL / "totals_read_model.sql"),\n    key=("id",),\n'
        '    indexes=(Index("total DESC", "id"),),\n)\n'
    ) in (tmp_path / "totals_shop" / "systems.py").read_text()
    assert said == (
        "Found 2 tables, 1 foreign key, 1 materialized view, 0 triggers. The largest table is public.customers: about "
        "20 rows, some kB.\nStatements: pg_stat_statements is not installed.\n\n"
        "totals_shop/totals_read_model\n  auto: by key, because no source is whole.\n"
        "  A change in customers affects the rows with its id.\n"
        "  A change in orders affects the rows of that order's customers (id), found through orders.customer_id.\n"
        "\n\nWritten:\n"
        "  totals_shop/__init__.py\n  totals_shop/systems.py\n  totals_shop/definitions.py\n"
        "  totals_shop/sql/totals_read_model.sql\n  tests/test_totals_shop.py\n  pyproject.toml\n  workspace.yaml\n"
        "  dagster.yaml\n  .env.example\n  .gitignore\n\nNext:\n"
        "  export DENORM_SYSTEMS=totals_shop.systems:SYSTEM\n  denorm-assets plan\n  denorm-assets apply\n"
        "  denorm-assets backfill totals_shop\n"
        "To use a role with few rights, run what `denorm-assets roles` prints before `denorm-assets apply`.\n"
    )


def test_init_second_package_is_named_beside_the_first(shop: Shell) -> None:
    shop.monkeypatch.setenv("DENORM_SYSTEMS", "first_shop.systems:SYSTEM")
    said = shop.fine("init", "--name", "second_shop").out
    assert "  export DENORM_SYSTEMS=first_shop.systems:SYSTEM,second_shop.systems:SYSTEM\n" in said


def test_init_read_model_of_view_is_loaded_with_the_same_rows(shop: Shell) -> None:
    shop.run(TOTALS)
    found = proposed(shop, "--name", "loaded_shop")
    shop.fine("apply", "--systems", found["systems"])
    shop.fine("backfill", "loaded_shop", "--systems", found["systems"])
    shop.fine("check", "loaded_shop", "--systems", found["systems"])
    assert shop.rows("SELECT * FROM totals ORDER BY id") == shop.rows("SELECT * FROM totals_read_model ORDER BY id")


def test_init_read_model_over_large_source_is_backfilled_by_ranges(shop: Shell, tmp_path: Path) -> None:
    shop.run(TOTALS)
    shop.run(
        "INSERT INTO customers SELECT n, 'c' || n, 'r' || n % 3 FROM generate_series(21, 2500) AS n;"
        "INSERT INTO orders SELECT n, n % 2500 + 1, n FROM generate_series(101, 100500) AS n"
    )
    shop.run("VACUUM ANALYZE customers")
    shop.run("VACUUM ANALYZE orders")
    found = proposed(shop, "--name", "large_shop")
    assert 'backfill=IdRanges("customers.id"),' in (tmp_path / "large_shop" / "systems.py").read_text()
    shop.fine("apply", "--systems", found["systems"])
    assert (
        ": 4 done and compared; 2,500 rows written"
        in shop.fine("backfill", "large_shop", "--pause", "0", "--systems", found["systems"]).out
    )
    shop.fine("check", "large_shop", "--systems", found["systems"])


@pytest.mark.parametrize(
    ("view", "why"),
    [
        ("SELECT region, count(*) FROM customers JOIN orders ON customer_id = customers.id GROUP BY 1", "no ID"),
        ("SELECT customer_id, sum(total) FROM orders GROUP BY 1", "no index on it"),
        ("SELECT id, rank() OVER (ORDER BY total DESC, id) FROM orders", "refreshed as a whole"),
        ("SELECT id, name FROM customers WHERE id <= 10", "small"),
    ],
)
def test_init_read_model_without_ranges_to_go_by_is_backfilled_as_a_whole(
    shop: Shell, tmp_path: Path, view: str, why: str
) -> None:
    shop.run("INSERT INTO orders SELECT n, n % 20 + 1, n FROM generate_series(101, 100500) AS n")
    shop.run("ANALYZE orders")
    shop.run(f"CREATE VIEW v AS {view}")
    proposed(shop, "--name", "whole_shop", "--from-view", "v")
    assert "IdRanges" not in (tmp_path / "whole_shop" / "systems.py").read_text(), why


def test_init_view_without_index_has_key_that_is_proven(shop: Shell) -> None:
    shop.run(
        "CREATE VIEW regions AS"
        " SELECT c.region, o.total > 50 AS large, json_agg(c.id ORDER BY o.id) AS ids, count(*) AS n"
        " FROM customers AS c JOIN orders AS o ON o.customer_id = c.id GROUP BY 1, 2"
    )
    [model] = proposed(shop, "--name", "proven_shop", "--from-view", "public.regions")["read_models"]
    assert (model["name"], model["key"]) == ("regions_read_model", ["region", "large"])
    assert model["origin"] == [
        "In place of the view public.regions.",
        "Its key is what its SELECT says: no two rows agree in these columns.",
    ]


def test_init_without_views_proposes_counts_for_foreign_keys(shop: Shell, tmp_path: Path) -> None:
    [model] = proposed(shop, "--name", "counts_shop")["read_models"]
    assert (model["name"], model["key"], model["active"]) == ("orders_per_customers", ["id"], True)
    assert (tmp_path / "counts_shop" / "sql" / "orders_per_customers.sql").read_text() == (
        "-- An example: how many rows of public.orders each row of public.customers has.\n"
        "SELECT p.id,\n    count(c.customer_id) AS orders_count\n   FROM public.customers p\n"
        "     LEFT JOIN public.orders c ON c.customer_id = p.id\n  GROUP BY p.id\n"
    )


@pytest.mark.parametrize(
    ("made", "expected", "rejected"),
    [
        ("", [], []),
        (
            CHINOOK,
            [
                "albums_per_artist_read_model",
                "class_read_model",
                "class_read_model_2",
                "read_model",
                "n_2024_sales_100_read_model",
                "line_import_os_read_model",
                "chained_read_model",
            ],
            [],
        ),
        (ONLY_VIEWS, ["numbers_read_model", "how_many_read_model"], ["the materialized view public.letters"]),
        (KEYLESS, ["grouped_read_model"], ["the materialized view public.joined"]),
        (SCHEMAS, ["days_read_model", "days_read_model_2", "weeks_read_model"], []),
    ],
    ids=["empty", "mixed case", "only views", "without keys", "schemas"],
)
def test_init_databases_of_many_kinds_get_package_that_passes_plan(
    empty: Shell, made: str, expected: list[str], rejected: list[str], request: pytest.FixtureRequest
) -> None:
    if made:
        empty.run(made)
    found = proposed(empty, "--name", f"kinds_{request.node.callspec.id.replace(' ', '_')}")
    assert names(found) == expected
    assert [each["what"] for each in found["rejected"]] == rejected


def test_init_view_that_reads_another_reads_its_read_model(empty: Shell, tmp_path: Path) -> None:
    empty.run(CHINOOK)
    found = proposed(empty, "--name", "chained_shop")
    assert "A change in albums_per_artist_read_model affects the rows with its The Name." in [
        source["sentence"] for model in found["explanations"] for source in model["sources"]
    ]
    text = (tmp_path / "chained_shop" / "sql" / "chained_read_model.sql").read_text(encoding="utf-8")
    assert '"Store Front".albums_per_artist_read_model "Albums per ""Artist""' in text


def test_init_several_schemas_have_system_each(empty: Shell, tmp_path: Path) -> None:
    empty.run(SCHEMAS)
    found = proposed(empty, "--name", "shops")
    systems = ["SHOPS_SALES_SYSTEM", "SHOPS_SALES_2_SYSTEM", "SHOPS_PUBLIC_SYSTEM"]
    assert found["systems"] == ",".join(f"shops.systems:{name}" for name in systems)
    assert found["next"] == [
        "denorm-assets plan",
        "denorm-assets apply",
        *(f"denorm-assets backfill shops_{name}" for name in ("sales", "sales_2", "public")),
    ]
    # That of another system may not be there yet: what it selects is written out.
    weeks = (tmp_path / "shops" / "sql" / "weeks_read_model.sql").read_text()
    assert "FROM (\nSELECT day,\n    count(*) AS count\n   FROM sales.orders\n  GROUP BY day\n) days\n" in weeks


def test_init_counts_kept_by_triggers_are_declared_and_commented_out(empty: Shell, tmp_path: Path) -> None:
    empty.run(TRIGGERS)
    found = proposed(empty, "--name", "triggers_shop")
    assert [(model["name"], model["active"]) for model in found["read_models"]] == [
        ("posts_votes", False),
        ("posts_paid", False),
        ("votes_per_posts", True),
    ]
    assert found["read_models"][1]["origin"] == [
        "In place of public.posts.paid, which the trigger votes_are_counted on public.votes keeps.",
        "Compare the two before you read this one: conditions of the trigger are not in it.",
    ]
    [log] = found["rejected"]
    assert log["what"] == "public.log, to which the trigger votes_are_counted on public.votes writes"
    with_commented_out(tmp_path, found)
    empty.run("INSERT INTO posts VALUES (1), (2); INSERT INTO votes VALUES (1, 1, 5), (2, 1, 2)")
    empty.fine("apply", "--systems", found["systems"])
    empty.fine("backfill", "triggers_shop", "--systems", found["systems"])
    kept = empty.rows("SELECT id, votes, paid FROM posts ORDER BY id")
    assert kept == empty.rows("SELECT id, votes, paid FROM posts_votes JOIN posts_paid USING (id) ORDER BY id")


def test_init_heaviest_statements_are_declared_and_commented_out(shop: Shell, tmp_path: Path) -> None:
    shop.run("CREATE EXTENSION pg_stat_statements")
    shop.run(TOTALS)
    for region in ("r1", "r2"):
        shop.run(
            "SELECT c.name, sum(o.total) FROM customers AS c JOIN orders AS o ON o.customer_id = c.id"
            f" WHERE c.region = '{region}' GROUP BY c.id, c.name ORDER BY 2 DESC LIMIT 10"
        )
    shop.run("SELECT count(*) FROM orders WHERE total > 5")
    shop.run("SELECT * FROM orders WHERE id = 5")
    shop.run("SELECT o.id, random() FROM orders AS o JOIN customers AS c ON c.id = o.customer_id")
    found = proposed(shop, "--name", "statements_shop")
    assert [(model["name"], model["active"]) for model in found["read_models"]] == [
        ("totals_read_model", True),
        ("customers_orders_statement", False),
    ]
    [_, statement] = found["read_models"]
    assert statement["origin"][0].startswith("For a statement that was called 2 times and took 0.0 s, by pg_stat")
    assert statement["origin"][1].startswith("  SELECT c.name, sum(o.total) FROM customers AS c JOIN orders AS o ON")
    text = (tmp_path / "statements_shop" / "sql" / "customers_orders_statement.sql").read_text()
    assert text.partition("\nSELECT ")[2] == (
        "c.name,\n    sum(o.total) AS sum,\n    c.region,\n    c.id\n   FROM public.customers c\n"
        "     JOIN public.orders o ON o.customer_id = c.id\n  GROUP BY c.id, c.name, c.region\n"
    )
    assert statement["key"] == ["id"]
    with_commented_out(tmp_path, found)
    shop.fine("plan", "--systems", found["systems"])


def test_init_role_that_may_only_read_gets_package_that_passes_plan(
    shop: Shell, shell_on: Callable[[str], Shell], reader: str
) -> None:
    shop.run("CREATE EXTENSION pg_stat_statements; CREATE TABLE secrets (id int PRIMARY KEY)")
    shop.run(TOTALS)
    shop.run("CREATE MATERIALIZED VIEW hidden AS SELECT id FROM secrets; CREATE UNIQUE INDEX ON hidden (id)")
    shop.run(f"GRANT SELECT ON customers, orders TO {reader}")
    found = proposed(shell_on(as_role(shop.url, reader, "secret")), "--name", "reader_shop")
    assert names(found) == ["totals_read_model"]
    [hidden] = found["rejected"]
    assert hidden["what"] == "the materialized view public.hidden"
    assert f"role '{reader}' lacks a privilege: permission denied for table secrets" in hidden["why"]
    shop.run(f"DROP OWNED BY {reader}")


def test_init_role_without_temporary_views_is_refused(
    shop: Shell, shell_on: Callable[[str], Shell], reader: str, tmp_path: Path
) -> None:
    [(name,)] = shop.rows("SELECT current_database()")
    shop.run(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; GRANT SELECT ON customers, orders TO {reader}")
    said = shell_on(as_role(shop.url, reader, "secret")).refused("init", "--name", "closed_shop")
    assert said.startswith(f"role '{reader}' lacks a privilege: ")
    assert list(tmp_path.iterdir()) == []
    shop.run(f"DROP OWNED BY {reader}")


def test_init_view_over_materialized_view_has_it_written_out(shop: Shell) -> None:
    shop.run(TOTALS)
    shop.run("CREATE VIEW large AS SELECT id, total FROM totals WHERE total > 10")
    shop.run("CREATE VIEW names AS SELECT id, name FROM large JOIN customers USING (id)")
    found = proposed(shop, "--name", "over_shop", "--from-view", "names")
    assert found["read_models"][0]["key"] == ["id"]
    shop.fine("apply", "--systems", found["systems"])
    shop.fine("backfill", "over_shop", "--systems", found["systems"])
    assert shop.rows("SELECT * FROM names ORDER BY id") == shop.rows("SELECT * FROM names_read_model ORDER BY id")


def test_init_view_that_only_time_refreshes_is_active_where_it_is_named(shop: Shell, tmp_path: Path) -> None:
    shop.run("CREATE FUNCTION rate() RETURNS int LANGUAGE sql STABLE AS 'SELECT 2'")
    shop.run("CREATE MATERIALIZED VIEW rated AS SELECT id, total * rate() AS rated FROM orders")
    shop.run("CREATE MATERIALIZED VIEW by_rate AS SELECT rated, count(*) FROM rated GROUP BY 1")
    found = proposed(shop, "--name", "hourly_shop")
    assert [(model["name"], model["active"]) for model in found["read_models"]] == [
        ("rated_read_model", False),
        ("by_rate_read_model", False),
        ("orders_per_customers", True),
    ]
    why = "It is refreshed as a whole every hour, because changes cannot keep it fresh: it cannot be kept right because"
    assert all(model["origin"][-1].startswith(why) for model in found["read_models"][:2])
    assert "refresh=Full(every=3600)" in (tmp_path / "hourly_shop" / "systems.py").read_text()
    with_commented_out(tmp_path, found)
    shop.fine("plan", "--systems", found["systems"])
    [model] = proposed(shop, "--name", "named_shop", "--from-view", "rated")["read_models"]
    assert model["active"]


def test_init_through_pooler_gets_package_that_passes_plan(
    shop: Shell, shell_on: Callable[[str], Shell], server: Server
) -> None:
    shop.run("CREATE EXTENSION pg_stat_statements")
    shop.run(TOTALS)
    with running_pgbouncer(server) as pooler:
        found = proposed(shell_on(pooler.url(shop.url)), "--name", "pooled_shop")
    assert names(found) == ["totals_read_model"]
