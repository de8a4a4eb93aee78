"""What `init` makes of names, statements, trigger functions and views that it finds."""

from __future__ import annotations

import pytest

from denorm_assets.model.table_name import TableName
from denorm_assets.sql.scaffold.counters import Counter, counters_in, tables_written_in
from denorm_assets.sql.scaffold.names import safe_name
from denorm_assets.sql.scaffold.parameters import NotGeneral, tables_of, without_parameters
from denorm_assets.sql.scaffold.view_sources import reading

ORDERS = "FROM orders AS o JOIN customers AS c ON c.id = o.customer_id"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sales_by_month", "sales_by_month"),
        ("InvoiceLine", "invoice_line"),
        ('Albums per "Artist"', "albums_per_artist"),
        ("app.sales-2024", "app_sales_2024"),
        ("2024 sales", "n_2024_sales"),
        ("Größe", "grosse"),
        ("naïve", "naive"),
        ("日本", "read_model"),
        ("", "read_model"),
        ("class", "class_model"),
        ("None", "none"),
        ("system", "system_model"),
        ("shop_system", "shop_system_model"),
        ("sales_indexes", "sales_indexes_model"),
        ("monitoring", "monitoring_model"),
        ("line\nbreak", "line_break"),
        ("x" * 80, "x" * 40),
    ],
)
def test_safe_name_any_text_is_good_for_file_table_and_constant(text: str, expected: str) -> None:
    assert safe_name(text) == expected
    assert expected.isidentifier()
    assert expected.isascii()


def test_safe_name_taken_is_numbered() -> None:
    assert safe_name("Sales", ["sales", "sales_2"]) == "sales_3"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "SELECT count(*) FROM votes WHERE project_id = $1",
            "SELECT COUNT(*), project_id FROM votes GROUP BY project_id",
        ),
        (
            f"SELECT c.name, sum(o.total) {ORDERS} WHERE o.status = $1 AND $2 = o.name"
            " GROUP BY c.name ORDER BY 2 LIMIT $3",
            f'SELECT c.name, sum(o.total), o.status, o.name AS "o_name" {ORDERS} GROUP BY c.name, o.status, o.name',
        ),
        (
            f"SELECT o.id, c.name {ORDERS} WHERE o.placed_on > $1 AND o.id IN ($2, $3)"
            " AND (c.a = 1 OR c.b = 2) OFFSET $4",
            f"SELECT o.id, c.name, o.placed_on {ORDERS} WHERE (c.a = 1) OR (c.b = 2)",
        ),
        (
            f"SELECT o.id {ORDERS} WHERE c.id = ANY($1::bigint[]) AND o.total BETWEEN $2 AND $3",
            f'SELECT o.id, c.id AS "c_id", o.total {ORDERS}',
        ),
        (
            f"SELECT sum(o.total) {ORDERS} WHERE c.id = $1 GROUP BY c.name, o.customer_id",
            f"SELECT sum(o.total), c.id, c.name, o.customer_id {ORDERS} GROUP BY c.name, o.customer_id, c.id",
        ),
        ("SELECT DISTINCT region FROM customers", "SELECT DISTINCT region FROM customers"),
        (
            "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b LIMIT $1",
            "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b",
        ),
    ],
)
def test_without_parameters_parameter_becomes_column(statement: str, expected: str) -> None:
    assert without_parameters(statement) == expected


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("SELECT id FROM t WHERE id = $1", "it has no join and no aggregate"),
        (f"SELECT sum(o.total) {ORDERS} WHERE o.placed_on > $1", "a filter that is not an equality decides"),
        (f"SELECT DISTINCT c.name {ORDERS} WHERE o.total > $1", "a filter that is not an equality decides"),
        (f"SELECT sum(o.total) {ORDERS} WHERE c.id IN ($1, $2)", "a filter that is not an equality decides"),
        (f"SELECT sum(o.total) {ORDERS} WHERE c.id = ANY ($1)", "a filter that is not an equality decides"),
        (f"SELECT o.id, rank() OVER (ORDER BY o.total) {ORDERS} WHERE c.id = $1", "a filter decides which rows"),
        (f"SELECT DISTINCT ON (o.id) o.id {ORDERS} WHERE c.id = $1 ORDER BY o.id", "a filter decides which rows"),
        (f"SELECT sum(o.total) + $1 {ORDERS}", "its parameter $1 is not compared"),
        (f"SELECT o.id {ORDERS} WHERE o.id = $1 OR c.id = $2", "its parameter $1 is not compared"),
        (f"SELECT o.id {ORDERS} WHERE NOT o.id = $1", "its parameter $1 is not compared"),
        (f"SELECT o.id {ORDERS} WHERE o.id IN (SELECT x FROM y WHERE z = $1)", "its parameter $1 is not compared"),
        (f"SELECT c.id {ORDERS} GROUP BY c.id HAVING count(*) > $1", "its parameter $1 is not compared"),
        (f"SELECT o.id {ORDERS} FOR UPDATE", "it is no plain SELECT"),
        ("SELECT a FROM t UNION SELECT b FROM u", "it is no plain SELECT"),
        ("DELETE FROM t", "it is no plain SELECT"),
        ("SELECT interval $1 FROM (", "denorm-assets cannot read its SQL"),
    ],
)
def test_without_parameters_other_statement_is_refused_with_reason(statement: str, why: str) -> None:
    with pytest.raises(NotGeneral, match="^" + why.replace("$", r"\$")):
        without_parameters(statement)


def test_tables_of_statement_are_in_order_of_appearance() -> None:
    assert tables_of(f'SELECT o.id {ORDERS} JOIN App."Orders" AS again USING (id) JOIN ORDERS AS a USING (id)') == (
        TableName("orders"),
        TableName("customers"),
        TableName("Orders", "app"),
    )


def test_counters_in_trigger_function_are_found_once() -> None:
    source = """
    BEGIN
        -- UPDATE posts SET seen = seen + 1 WHERE id = NEW.post_id;
        IF TG_OP = 'INSERT' THEN
            UPDATE posts SET votes = votes + 1 WHERE id = NEW.post_id;
        ELSE
            UPDATE posts SET votes = votes - 1 WHERE id = OLD.post_id;
            UPDATE posts SET votes = votes + 1 WHERE id = NEW.post_id;
        END IF;
        UPDATE app."Orders" AS o SET "Total" = coalesce(o."Total", 0) + NEW.amount WHERE o."Id" = NEW.order_id;
        UPDATE posts SET score = votes + 1 WHERE id = NEW.post_id;
        UPDATE posts SET rank = rank + 1 WHERE id = NEW.post_id AND NEW.visible;
        RETURN NEW;
    END
    """
    assert list(counters_in(source)) == [
        Counter(None, "posts", "votes", None, "id", "post_id"),
        Counter("app", "Orders", "Total", "amount", "Id", "order_id"),
    ]


def test_tables_written_in_trigger_function_are_named_once() -> None:
    source = """
    INSERT INTO log VALUES (1) ON CONFLICT DO UPDATE SET n = 2; /* DELETE FROM lost */ DELETE FROM ONLY app."Old";
    PERFORM 1 FROM a FOR UPDATE OF a; UPDATE log SET n = 3;
    """
    assert list(tables_written_in(source)) == [(None, "log"), ("app", "Old")]


def test_reading_relations_are_replaced_and_keep_their_qualifiers() -> None:
    text = (
        "SELECT m.a, sales.b, 'public.sales' FROM public.sales"
        ' JOIN public."Mv ""2""" m ON true JOIN app.sales x ON true'
    )
    sales, other = TableName("sales", "public"), TableName('Mv "2"', "public")
    assert reading(text, {sales: "(SELECT 1 AS b)", other: "app.others"}) == (
        "SELECT m.a, sales.b, 'public.sales' FROM (SELECT 1 AS b) sales"
        " JOIN app.others m ON true JOIN app.sales x ON true",
        [sales, other],
    )
    assert reading("SELECT public.sales(1) FROM t", {sales: "app.others"})[1] == []
