"""Settings of whoever writes, and of the database, decide no value of a read model unseen."""

from __future__ import annotations

import pytest
from psycopg import sql

from denorm_assets.db.apply.explain_models import explain_system
from denorm_assets.db.postgres.session_settings import MEANING
from denorm_assets.errors import DefinitionError
from denorm_assets.model.refresh import Debounce, Realtime
from tests.integration.db.conftest import MakeCase

_VISITS = """
CREATE TABLE visits (id bigint PRIMARY KEY, at timestamptz NOT NULL);
INSERT INTO visits SELECT n, timestamptz '2024-03-09 20:30Z' + n * interval '1 h' FROM generate_series(1, 48) AS n;
"""
_TEXTS = """
SELECT id, to_timestamp(n)::date AS day, to_timestamp(n)::text AS shown, to_jsonb(to_timestamp(n)) AS json,
    make_interval(days => 1, hours => n)::text AS lasted, (n / 3.0::float8)::text AS size,
    decode(t, 'hex')::text AS data, to_tsvector('the cats')::text AS words, to_timestamp(n)::date::text AS iso
FROM numbers
"""
_DAY = "SELECT id, at::date AS day FROM visits"
_OTHERWISE = {
    "TimeZone": "America/New_York",
    "DateStyle": "German",
    "IntervalStyle": "iso_8601",
    "extra_float_digits": "-5",
    "bytea_output": "escape",
    "default_text_search_config": "pg_catalog.english",
}


def test_realtime_writer_session_settings_do_not_change_values(make_case: MakeCase) -> None:
    assert _OTHERWISE.keys() == MEANING.keys()
    # No column is of a type whose text depends on a setting: then the trigger of the table sets none.
    numbers = "CREATE TABLE numbers (id bigint PRIMARY KEY, n int, t text); INSERT INTO numbers VALUES (1, 7, '00ff')"
    # Where the database's default is another configuration, `to_tsvector('the cats')` is refused.
    default = (
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_text_search_config = simple', current_database());"
        " END $$"
    )
    case = make_case(f"{default}; {numbers}", _TEXTS, driving=(), refresh=Realtime(Debounce(quiet=3600, max_wait=3600)))
    case.refresh()
    with case.connect() as connection:
        for setting, value in _OTHERWISE.items():
            connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(setting.lower()), sql.Literal(value)))
        connection.execute("UPDATE numbers SET n = 8")
    written = case.rows("SELECT day::text, shown, json::text, lasted, size, data, words, iso FROM links")
    json = '"1970-01-01T00:00:08+00:00"'
    words = "'cats':2 'the':1"
    day, shown, size = "1970-01-01", "1970-01-01 00:00:08+00", "2.6666666666666665"
    assert written == [(day, shown, json, "1 day 08:00:00", size, "\\x00ff", words, day)]


_OF_SETTINGS = {
    "DateStyle": ("German", "d::text"),
    "IntervalStyle": ("iso_8601", "concat(i)"),
    "bytea_output": ("escape", "to_jsonb(b)"),
    "extra_float_digits": ("0", "ARRAY[f]::text"),
    "default_text_search_config": ("pg_catalog.german", "to_tsvector(t)"),
}
_WRITTEN = {
    "DateStyle": "to_char(d, 'YYYY-MM-DD')",
    "IntervalStyle": "extract(epoch FROM i)",
    "bytea_output": "encode(b, 'hex')",
    "extra_float_digits": "f::numeric::text",
    "default_text_search_config": "to_tsvector('pg_catalog.german', t)",
}
_ONE = (
    "CREATE TABLE items (id bigint PRIMARY KEY, d date, i interval, b bytea, f float8, t text);"
    "INSERT INTO items VALUES (1, '2024-01-31', '1 day', 'ab', 0.3, 'die Katzen')"
)


@pytest.mark.parametrize("whose", ["DATABASE {database}", "ROLE {role}"])
@pytest.mark.parametrize("setting", _OF_SETTINGS)
def test_definition_value_depending_on_session_setting_is_refused(
    make_case: MakeCase, setting: str, whose: str
) -> None:
    """Readers of the read model would see another value than the definition gives them."""
    value, clause = _OF_SETTINGS[setting]
    case = make_case(_ONE, f"SELECT id, {clause} AS v FROM items", apply=False)
    database, role = case.value("SELECT current_database()"), "styled_" + case.value("SELECT md5(current_database())")
    case.run(f"CREATE ROLE {role}")
    case.run(f"ALTER {whose.format(database=database, role=role)} SET {setting} = '{value}'")
    try:
        with pytest.raises(DefinitionError, match=f"depends on {setting.lower()}, which is .* here"):
            case.apply()
        case.redefine(f"SELECT id, {_WRITTEN[setting]} AS v FROM items")
        case.apply()
        case.load()
        case.finish()
        case.hang_up()
        case.assert_right()
    finally:
        case.run(f"DROP ROLE {role}")


@pytest.mark.parametrize("whose", ["DATABASE {database}", "ROLE {role}", "ROLE {role} IN DATABASE {database}"])
def test_definition_day_where_sessions_have_other_time_zone_is_refused(make_case: MakeCase, whose: str) -> None:
    case = make_case(_VISITS, _DAY, driving=(), apply=False)
    database, role = case.value("SELECT current_database()"), "zoned_" + case.value("SELECT md5(current_database())")
    case.run(f"CREATE ROLE {role}")
    case.run(f"ALTER {whose.format(database=database, role=role)} SET timezone = 'Europe/Berlin'")
    try:
        with pytest.raises(DefinitionError, match=r"Europe/Berlin for (the database|zoned_).*AT TIME ZONE"):
            case.apply()
    finally:
        case.run(f"DROP OWNED BY {role}")
        case.run(f"ALTER ROLE {role} RESET ALL")
        case.run(f"ALTER ROLE {role} IN DATABASE {database} RESET ALL")
        case.run(f"DROP ROLE {role}")
    case.run(f"ALTER DATABASE {database} RESET timezone")
    case.hang_up()
    case.database.close()
    case.apply()


def test_plan_and_apply_day_of_timestamptz_say_it_is_utc(make_case: MakeCase) -> None:
    case = make_case(_VISITS, _DAY, driving=(), apply=False)
    [explained] = explain_system(case.database, case.system)
    [sentence] = explained.time_zone
    assert "UTC" in sentence
    assert "AT TIME ZONE" in sentence
    case.apply()
    assert any(sentence in line for line in case.lines)


def test_kept_fresh_time_zone_set_later_fails(make_case: MakeCase) -> None:
    case = make_case(_VISITS, _DAY, driving=())
    case.refresh()
    assert case.checks()["kept_fresh"].passed
    case.run(f"ALTER DATABASE {case.value('SELECT current_database()')} SET timezone = 'Europe/Berlin'")
    case.database.close()
    check = case.checks()["kept_fresh"]
    assert not check.passed
    assert "Europe/Berlin" in str(check.rows)
