"""The capture functions and triggers against golden files."""

from __future__ import annotations

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.capture import capture_function
from denorm_assets.sql.capture.capture_triggers import TRIGGERS, install_trigger
from denorm_assets.sql.statement import Statement
from tests.unit.sql.golden import assert_golden

PLAIN = {"id": "bigint", "author_id": "integer", "tags": "text[]", "price": "numeric(8,2)"}
ODD = {'B"%s{}': "character varying(20)", "at": "timestamp(3) with time zone[]", "took": "interval day to second(1)"}


def test_capture_function_sql_equals_golden() -> None:
    functions = {
        "nothing to pin, an image of its own": capture_function.create_function(
            1, ["author_id", "id"], list(PLAIN), PLAIN
        ),
        "all that is compared is logged": capture_function.create_function(2, ["id"], ["id"], PLAIN),
        "types unknown": capture_function.create_function(3, ["id"], ["id", "tags"]),
        "dates, odd names, real time": capture_function.create_function(4, ['B"%s{}'], list(ODD), ODD, realtime=True),
        "a type of the application's": capture_function.create_function(5, ["mood"], ["mood"], {"mood": "app.mood"}),
        "a column that is gone": capture_function.create_function(6, ["id", "gone"], [], PLAIN),
        "a column called like the quotes": capture_function.create_function(
            8, ["x$capture$y"], [], {"x$capture$y": "text"}
        ),
        "nothing but that it changed": capture_function.create_function(7, [], [], PLAIN),
    }
    assert_golden("capture_functions", functions)


def test_capture_trigger_sql_equals_golden() -> None:
    source = TableName("Order", "app")
    triggers: dict[str, Statement] = {}
    for event in TRIGGERS:
        [triggers[event]] = install_trigger(source, 1, event, f"trg_denorm_{event}", "O")
    _, triggers["in the replica role only"] = install_trigger(source, 1, "rows", "trg_denorm_rows", "R")
    _, triggers["always"] = install_trigger(source, 1, "rows", "trg_denorm_rows", "A")
    triggers["comment"] = capture_function.comment_on_function(1, "CREATE FUNCTION")
    triggers["drop function"] = capture_function.drop_function(1)
    assert_golden("capture_triggers", triggers)
