"""`refresh=Auto()`: chosen once for each definition, by the rows of whole sources, and kept until that changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from denorm_assets.db.apply.apply import apply_system
from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.apply.system_plan import plan_system
from denorm_assets.db.health.status import model_status
from denorm_assets.db.plan.consent import Consent
from denorm_assets.errors import DefinitionError, NotAdoptable
from denorm_assets.model.index import references
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Auto, Debounce, Debounced, Full, Realtime
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase
from denorm_assets.sql.automatic import BEFORE_AUTO
from tests.integration.db.conftest import MakeCase
from tests.support.case import Case
from tests.support.live import AGREED, bring_up

DDL = """
CREATE TABLE sales (id bigint PRIMARY KEY, shop text, amount numeric NOT NULL, tags text[] NOT NULL DEFAULT '{{}}');
INSERT INTO sales SELECT n, 'shop ' || n % 7, n FROM generate_series(1, 500) AS n;
CREATE TABLE rates (id bigint PRIMARY KEY, rate numeric NOT NULL);
INSERT INTO rates VALUES (1, 2), (2, 3);
CREATE TABLE empty (id bigint PRIMARY KEY);
ANALYZE sales, rates;
UPDATE pg_class SET reltuples = {rows} WHERE oid = 'sales'::regclass;
"""
SMALL, LARGE = DDL.format(rows=500), DDL.format(rows=250_000)
RANKED = "SELECT id, amount, rank() OVER (ORDER BY amount DESC) AS place FROM sales"
RATED = "SELECT s.id, s.amount * (SELECT max(r.rate) FROM rates r) AS worth FROM sales s"
PLAIN = "SELECT id, amount FROM sales"
NOW = Auto(Debounce(quiet=0, max_wait=0))
BY_KEY, FULL = "r", "m"
GROWN = "UPDATE pg_class SET reltuples = 250000 WHERE oid = 'sales'::regclass"
CHANGES = (
    "UPDATE sales SET amount = amount + 1000 WHERE id % 3 = 1",
    "UPDATE rates SET rate = 7 WHERE id = 1",
    "DELETE FROM sales WHERE id % 5 = 2",
    "INSERT INTO sales SELECT n, 'shop 9', 2 * n FROM generate_series(600, 640) AS n",
)


@pytest.fixture
def made(make_case: MakeCase) -> Callable[..., Case]:
    """A function that makes a live read model with `Auto()`; statistics are not copied with a database."""

    def make(ddl: str, definition: str, **declared: object) -> Case:
        given: dict[str, object] = {"driving": (), "refresh": NOW, "copied": False, **declared}
        case = make_case(ddl, definition, **given)
        if not given["driving"]:
            case.refresh()
        return case

    return make


def kind(case: Case) -> str:
    return case.value("SELECT relkind::text FROM pg_class WHERE oid = 'links'::regclass")


def reason(case: Case) -> str | None:
    return case.value("SELECT auto_reason FROM denorm.read_model")


def planned(case: Case) -> list[str]:
    return [str(step) for step in plan_system(case.database, case.system).steps if step.action != "keep"]


def explained(case: Case) -> tuple[str, ...]:
    [found] = explain_system(case.database, case.system)
    return found.refresh


@pytest.mark.parametrize(
    ("ddl", "definition", "wanted", "why"),
    [
        (SMALL, PLAIN, BY_KEY, "no source is whole"),
        (LARGE, PLAIN, BY_KEY, "no source is whole"),
        (SMALL, RANKED, BY_KEY, "source app.sales of about 500 rows is whole, but has fewer than 100,000 rows"),
        (LARGE, RATED, BY_KEY, "source app.rates of about 2 rows is whole, but has fewer than 100,000 rows"),
        (LARGE, RANKED, FULL, "source app.sales of about 250,000 rows is whole ("),
    ],
    ids=["plain", "plain and large", "ranked", "large by key and small whole", "ranked and large"],
)
def test_apply_auto_chooses_by_rows_of_whole_sources_and_stays_right(
    made: Callable[..., Case], ddl: str, definition: str, wanted: str, why: str
) -> None:
    case = made(ddl, definition)
    assert kind(case) == wanted
    assert (reason(case) or "").startswith(why)
    sentence = f"auto: {'full' if wanted == FULL else 'by key'}, because {reason(case)}"
    assert explained(case) == (f"{sentence}.",)
    assert model_status(case.database, case.system, case.model).refresh == sentence
    assert not model_status(case.database, case.system, case.model).outdated
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    assert planned(case) == []
    assert [name for name, result in case.checks().items() if not result.passed] == []


def test_plan_auto_before_first_apply_says_what_is_chosen(make_case: MakeCase) -> None:
    case = make_case(LARGE, RANKED, driving=(), refresh=NOW, apply=False, copied=False)
    assert "materialized view app.links: create" in planned(case)
    [sentence] = explained(case)
    assert sentence.startswith("auto: full, because source app.sales of about 250,000 rows is whole (")


def test_apply_auto_source_without_statistics_counts_by_its_size(made: Callable[..., Case]) -> None:
    case = made(SMALL, "SELECT s.id, (SELECT max(e.id) FROM empty e) AS last FROM sales s")
    assert kind(case) == BY_KEY
    assert reason(case) == (
        "source app.empty of about 0 rows is whole, but has fewer than 100,000 rows"
        " (by its size, because there are no statistics of app.empty)"
    )


@pytest.mark.parametrize(
    ("ddl", "changed", "wanted", "remedy"),
    [
        (SMALL, GROWN, "full, because source app.sales of about 250,000 rows is whole (", "declare refresh=Full()."),
        (LARGE, "ANALYZE sales", "by key, because source app.sales of about 500 rows", "declare refresh=Debounced()."),
    ],
    ids=["grown", "shrunk"],
)
def test_plan_auto_after_growth_keeps_kind_and_says_what_would_be_chosen(
    made: Callable[..., Case], ddl: str, changed: str, wanted: str, remedy: str
) -> None:
    case = made(ddl, RANKED)
    before, why = kind(case), reason(case)
    case.run(changed)
    assert planned(case) == []
    case.apply()
    assert (kind(case), reason(case)) == (before, why)
    kept, now = explained(case)
    assert why is not None
    assert why in kept
    assert now.startswith(f"With the rows of today: auto: {wanted}")
    assert now.endswith(remedy)


def test_apply_auto_new_definition_after_growth_chooses_again(made: Callable[..., Case]) -> None:
    case = made(SMALL, RANKED)
    case.run(GROWN)
    case.redefine(RANKED.replace("AS place", "AS placed"))
    assert "materialized view app.links: replace" in planned(case)
    case.apply()
    assert kind(case) == FULL
    case.assert_right()
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
    case.run("ANALYZE sales")
    case.redefine(RANKED)
    case.apply()
    assert kind(case) == BY_KEY
    for change in CHANGES[1:3]:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()


@pytest.mark.parametrize(
    ("ddl", "named"),
    [(LARGE, Debounced()), (SMALL, Full()), (SMALL, Realtime())],
    ids=["debounced", "full", "realtime"],
)
def test_redeclare_auto_and_back_changes_nothing(
    made: Callable[..., Case], ddl: str, named: Debounced | Full | Realtime
) -> None:
    case = made(ddl, RANKED, refresh=named)
    before = (kind(case), case.value("SELECT 'links'::regclass::oid"), case.snapshot() if kind(case) == BY_KEY else {})
    for refresh in (NOW, named, NOW):
        case.redeclare(refresh=refresh)
        assert [step for step in planned(case) if not step.startswith("capture")] == []
        case.apply()
        now = case.snapshot() if kind(case) == BY_KEY else {}
        assert (kind(case), case.value("SELECT 'links'::regclass::oid"), now) == before
    assert reason(case) == BEFORE_AUTO
    case.write(CHANGES[0])
    case.refresh_if_due()
    case.assert_right()


def test_redeclare_other_kind_and_back_keeps_that(made: Callable[..., Case]) -> None:
    case = made(SMALL, RANKED)
    case.redeclare(refresh=Full())
    case.apply()
    assert (kind(case), reason(case)) == (FULL, None)
    case.redeclare(refresh=NOW)
    assert planned(case) == []
    case.write(CHANGES[0])
    [refreshed] = case.refresh_if_due()
    assert (refreshed.error, kind(case)) == (None, FULL)
    case.assert_right()


@pytest.mark.parametrize(
    ("declared", "why"),
    [
        ({"driving": ("sales.id",)}, "`backfill` names ID ranges, which only a table has"),
        (
            {"references": (references("id", "sales.id", foreign_key=True),)},
            "a foreign key is declared, and only a table has foreign keys",
        ),
    ],
    ids=["ranges", "foreign key"],
)
def test_apply_auto_with_what_only_tables_have_is_by_key(
    made: Callable[..., Case], declared: dict[str, object], why: str
) -> None:
    case = made(LARGE, RANKED, **declared)
    assert (kind(case), reason(case)) == (BY_KEY, why)
    assert explained(case) == (f"auto: by key, because {why}.",)


def test_apply_auto_that_cannot_be_kept_by_key_is_full(made: Callable[..., Case]) -> None:
    case = made(SMALL, "SELECT DISTINCT s.tags FROM sales s", key=("tags",))
    assert (kind(case), reason(case)) == (FULL, "changes would be traced to tags, which is an array")
    assert explained(case) == (f"auto: full, because {reason(case)}.",)
    case.write("UPDATE sales SET tags = ARRAY['a'] WHERE id % 3 = 1")
    case.refresh_if_due()
    case.assert_right()


def test_apply_auto_with_clock_and_large_whole_source_is_full_by_time(made: Callable[..., Case]) -> None:
    ranked = f"{RANKED} WHERE id < extract(epoch FROM NOW())"
    case = made(LARGE, ranked, refresh=Auto(NOW.debounce, clock=30))
    assert kind(case) == FULL
    assert explained(case)[0].startswith("auto: full every 30 s, because source app.sales")
    case.write("INSERT INTO sales VALUES (900, 'shop 1', 1)")
    case.refresh_if_due()
    case.assert_right()
    case.run("UPDATE denorm.refresh SET started_at = started_at - interval '31 s'")
    [refreshed] = case.refresh_if_due()
    assert refreshed.error is None


def test_apply_auto_with_clock_and_small_sources_follows_the_clock(made: Callable[..., Case]) -> None:
    case = made(SMALL, "SELECT id, amount FROM sales WHERE now() > '2020-01-01'")
    assert kind(case) == BY_KEY
    assert case.value("SELECT clock IS NOT NULL FROM denorm.read_model")


def test_apply_auto_with_unsteady_function_is_refused(made: Callable[..., Case]) -> None:
    with pytest.raises(DefinitionError, match=r"random.*volatile"):
        made(SMALL, "SELECT id, random() AS drawn FROM sales")
    for ddl in (SMALL, LARGE):
        with pytest.raises(DefinitionError, match=r"pg_backend_pid|STABLE|catalog|session"):
            made(
                ddl, f"SELECT r.*, current_setting('app.x', true) AS x FROM ({RANKED}) AS r WHERE now() > '2020-01-01'"
            )


def test_apply_auto_over_full_read_model_is_by_key_first_and_full_by_its_rows(
    make_case: MakeCase, tmp_path: Path
) -> None:
    case = make_case(LARGE, RANKED, driving=(), refresh=NOW, apply=False, copied=False)
    path = tmp_path / "places.sql"
    path.write_text("SELECT l.id, l.place FROM links AS l", encoding="utf-8")
    places = ReadModel("places", SqlFile(path), ("id",), refresh=NOW)
    case.system = replace(case.system, phases=(Phase("phase_1", (case.model, places)),))
    bring_up(case.database, case.system)
    kinds = "SELECT relname::text, relkind::text FROM pg_class WHERE relname IN ('links', 'places') ORDER BY 1"
    assert case.rows(kinds) == [("links", FULL), ("places", BY_KEY)]
    for change in CHANGES:
        case.write(change)
        case.refresh_if_due()
        case.assert_right()
        assert case.differences(places) == []
    case.run("UPDATE pg_class SET reltuples = 300000 WHERE oid = 'links'::regclass")
    [_, of_places] = explain_system(case.database, case.system)
    assert of_places.refresh[1] == (
        "With the rows of today: auto: full, because source app.links of about 300,000 rows is whole"
        " (it is a materialized view, and does not say which rows a refresh changed)."
        " To change to that, declare refresh=Full()."
    )
    path.write_text("SELECT l.id, l.place AS placed FROM links AS l", encoding="utf-8")
    apply_system(case.database, case.system, AGREED)
    assert case.rows(kinds) == [("links", FULL), ("places", FULL)]
    case.write(CHANGES[0])
    case.refresh_if_due()
    assert case.differences(places) == []


def test_adopt_auto_that_is_full_is_refused_with_remedy(make_case: MakeCase) -> None:
    case = make_case(LARGE, RANKED, driving=(), refresh=NOW, apply=False, copied=False)
    case.run(f"CREATE TABLE links AS {RANKED}; ALTER TABLE links ADD PRIMARY KEY (id)")
    with pytest.raises(NotAdoptable, match=r"\(auto: full, because .*\); declare refresh=Debounced\(\)"):
        case.apply(Consent(adopt=frozenset({"shop/links"})))
    case.redeclare(refresh=Debounced())
    case.apply(Consent(adopt=frozenset({"shop/links"})))
    case.redeclare(refresh=NOW)
    assert [step for step in planned(case) if step.startswith(("table", "materialized"))] == []
