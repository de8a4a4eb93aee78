"""Definitions whose values PostgreSQL decides, and ones that leave an order open: two tables of siblings."""

from __future__ import annotations

SETUP = """
CREATE TABLE customer (id int PRIMARY KEY, name text NOT NULL, email text UNIQUE, tier int, parent int);
CREATE TABLE orders (
    orderkey int PRIMARY KEY, custkey int, day date NOT NULL, at timestamp NOT NULL, note text, paid boolean NOT NULL);
CREATE TABLE product (
    id bigint PRIMARY KEY, sku text NOT NULL UNIQUE, name text, list_price numeric(10,2), tags text[]);
CREATE TABLE lineitem (
    orderkey int, linenumber int, product_id int, qty int, price numeric, weight float8, ratio real, lasts interval,
    PRIMARY KEY (orderkey, linenumber));
CREATE TABLE event (order_id int NOT NULL, seq int NOT NULL, kind text, detail jsonb, UNIQUE (order_id, seq));
CREATE TABLE step (order_id int, seq int, kind text, UNIQUE (order_id, seq));
CREATE TABLE mark (order_id int, seq int, kind text, UNIQUE NULLS NOT DISTINCT (order_id, seq));
CREATE TABLE attribute (product_id int NOT NULL, name text NOT NULL, value text, UNIQUE (product_id, name));
CREATE TABLE tag (order_id int, name text);
CREATE TABLE late (id int NOT NULL, seq int NOT NULL, word text, UNIQUE (id, seq) DEFERRABLE);
CREATE TABLE parent (id int PRIMARY KEY, word text);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE live (order_id int NOT NULL, seq int NOT NULL, gone boolean NOT NULL, word text);
CREATE TABLE rate (price numeric PRIMARY KEY, word text);
CREATE AGGREGATE joined(text) (SFUNC = textcat, STYPE = text, INITCOND = '');
CREATE UNIQUE INDEX ON live (order_id, seq) WHERE NOT gone;
"""

FILL = """
INSERT INTO customer SELECT n, 'c' || n % 2, CASE WHEN n % 3 > 0 THEN 't' || n END, nullif(n % 3, 0), nullif(n % 2, 0)
FROM generate_series(1, 6) AS n;
INSERT INTO orders
SELECT n, nullif(n % 3, 0), date '2020-01-01' + n % 2, timestamp '2020-01-01' + n % 2 * interval '1 day', 'o'
|| n % 4, true
FROM generate_series(1, 8) AS n;
INSERT INTO product SELECT n, 's' || n, 'p' || n % 3, n % 2, ARRAY['u' || n % 2, 'w', 'u' || n % 3]
FROM generate_series(1, 4) AS n;
INSERT INTO lineitem
SELECT o, n, nullif((o + n) % 3, 0), n % 2, (ARRAY[1.0, 1.00, 2])[1 + (o + n) % 3], (ARRAY[0, '-0', 0.1, 0.2,
0.3, 1e16, -1e16])[1 + n],
    (ARRAY[0.1, 0.7, 1e8])[1 + n % 3], (ARRAY['1 day', '24:00']::interval[])[1 + n % 2]
FROM generate_series(1, 5) AS o, generate_series(1, 6) AS n;
INSERT INTO event
SELECT o, n, 'k' || (o * 3 + n) % 4, jsonb_build_object('a', n % 2, 'b', o)
FROM generate_series(1, 5) AS o, generate_series(1, 4) AS n;
INSERT INTO step SELECT nullif(o, 3), nullif(n, 3), 'k' || (o * 3 + n) % 5
FROM generate_series(0, 4) AS o, generate_series(1, 4) AS n;
INSERT INTO step VALUES (1, NULL, 'z'), (1, NULL, 'y'), (NULL, 1, 'w'), (NULL, 1, 'v'), (NULL, NULL, 'a'),
(NULL, NULL, 'b');
INSERT INTO mark SELECT nullif(o, 3), nullif(n, 3), 'k' || (o * 3 + n) % 5
FROM generate_series(0, 4) AS o, generate_series(1, 4) AS n;
INSERT INTO attribute SELECT p, 'a' || n, 'v' || (p + n) % 3
FROM generate_series(1, 3) AS p, generate_series(1, 3) AS n;
INSERT INTO tag SELECT n % 4, 't' || n % 3 FROM generate_series(1, 14) AS n;
INSERT INTO tag VALUES (NULL, 't1'), (1, NULL), (1, 't1'), (2, 't4');
INSERT INTO late SELECT p, n, 'v' || (p + n) % 3 FROM generate_series(1, 3) AS p, generate_series(1, 3) AS n;
INSERT INTO parent SELECT n, 'w' || n % 10 FROM generate_series(1, 4) AS n;
INSERT INTO child SELECT n, 'v' || n % 10 FROM generate_series(1, 4) AS n;
INSERT INTO rate VALUES (1.00, 'one'), (2, 'two');
INSERT INTO live SELECT o, 1, n > 1, 'w' || n FROM generate_series(1, 3) AS o, generate_series(1, 4) AS n;
"""

_LINES = "FROM orders o JOIN lineitem l ON l.orderkey = o.orderkey"
_OF = "SELECT o.orderkey AS id,"
_BY = "GROUP BY o.orderkey"
_LONE = "FROM lineitem l WHERE l.orderkey = o.orderkey"

DECIDED = {
    # Functional dependence.
    "the rest of a key after a join": f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x {_LINES} {_BY}",
    "the rest of a key after a join by another column": (
        "SELECT l.orderkey AS id, json_agg(l.qty ORDER BY l.linenumber) AS x FROM lineitem l GROUP BY l.orderkey"
    ),
    "grouped by the other side of an equality": (
        f"SELECT l.orderkey AS id, json_agg(o.day ORDER BY l.linenumber) AS x {_LINES} GROUP BY l.orderkey"
    ),
    "an object of several columns": (
        f"{_OF} json_agg(json_build_object('n', l.linenumber, 'q', l.qty, 'p', l.price) ORDER BY l.linenumber DESC)"
        f" AS x {_LINES} {_BY}"
    ),
    "a scalar subquery": (
        f"SELECT o.orderkey AS id, (SELECT json_agg(l.qty ORDER BY l.linenumber) {_LONE}) AS x FROM orders o"
    ),
    "an array of a subquery": (
        f"SELECT o.orderkey AS id, ARRAY(SELECT l.price {_LONE} ORDER BY l.linenumber) AS x FROM orders o"
    ),
    "the first by a subquery": (
        f"SELECT o.orderkey AS id, (SELECT l.qty {_LONE} ORDER BY l.linenumber LIMIT 1) AS x FROM orders o"
    ),
    "LATERAL with LIMIT": (
        "SELECT o.orderkey AS id, t.linenumber AS n, t.qty FROM orders o"
        f" CROSS JOIN LATERAL (SELECT l.linenumber, l.qty {_LONE} ORDER BY l.linenumber LIMIT 2) AS t"
    ),
    "left LATERAL, aggregated": (
        f"{_OF} string_agg(t.qty::text, ',' ORDER BY t.linenumber) AS x FROM orders o"
        f" LEFT JOIN LATERAL (SELECT l.linenumber, l.qty {_LONE} ORDER BY l.linenumber LIMIT 2) AS t ON true {_BY}"
    ),
    "DISTINCT ON by a unique key that is not the primary one": (
        "SELECT DISTINCT ON (o.orderkey) o.orderkey AS id, e.kind FROM orders o"
        " JOIN event e ON e.order_id = o.orderkey ORDER BY o.orderkey, e.seq"
    ),
    "DISTINCT ON of one table": (
        "SELECT DISTINCT ON (e.order_id) e.order_id AS id, e.kind, e.detail FROM event e ORDER BY e.order_id,"
        " e.seq DESC"
    ),
    "row_number": (
        "SELECT e.order_id AS id, e.seq AS n, e.kind, row_number() OVER (PARTITION BY e.order_id ORDER BY e.seq) AS x"
        " FROM event e"
    ),
    "lag, lead, first_value, nth_value": (
        "SELECT e.order_id AS id, e.seq AS n, lag(e.kind) OVER w AS a, lead(e.kind, 2) OVER w AS b,"
        " first_value(e.kind) OVER w AS c, nth_value(e.kind, 2) OVER w AS d, last_value(e.kind) OVER w AS e"
        " FROM event e WINDOW w AS (PARTITION BY e.order_id ORDER BY e.seq)"
    ),
    "a lookup by its primary key": (
        f"{_OF} string_agg(p.name, ', ' ORDER BY l.linenumber) AS x {_LINES} JOIN product p ON p.id = l.product_id"
        f" {_BY}"
    ),
    "a left lookup": (
        f"{_OF} json_agg(p.name ORDER BY l.linenumber) AS x {_LINES} LEFT JOIN product p ON p.id = l.product_id {_BY}"
    ),
    "a chain of lookups": (
        "SELECT c.id, json_agg(json_build_array(p.name, o.note) ORDER BY l.orderkey, l.linenumber) AS x"
        " FROM customer c JOIN orders o ON o.custkey = c.id JOIN lineitem l ON l.orderkey = o.orderkey"
        " LEFT JOIN product p ON p.id = l.product_id GROUP BY c.id"
    ),
    "left joined lines": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o LEFT JOIN lineitem l"
        f" ON l.orderkey = o.orderkey {_BY}"
    ),
    "left joined lines and their lookup": (
        f"{_OF} json_agg(p.name ORDER BY l.linenumber) AS x FROM orders o LEFT JOIN lineitem l"
        f" ON l.orderkey = o.orderkey LEFT JOIN product p ON p.id = l.product_id {_BY}"
    ),
    "a left join whose ON has a filter": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o LEFT JOIN lineitem l"
        f" ON l.orderkey = o.orderkey AND l.qty > 3 {_BY}"
    ),
    "a right join": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM lineitem l RIGHT JOIN orders o"
        f" ON l.orderkey = o.orderkey {_BY}"
    ),
    "a left join of a join in parentheses": (
        f"{_OF} json_agg(p.name ORDER BY l.linenumber) AS x FROM orders o LEFT JOIN (lineitem l JOIN product p"
        f" ON p.id = l.product_id) ON l.orderkey = o.orderkey {_BY}"
    ),
    "USING": (
        "SELECT orderkey AS id, json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders JOIN lineitem l USING (orderkey)"
        " GROUP BY orderkey"
    ),
    "a full join by keys": (
        "SELECT coalesce(o.orderkey, c.id) AS id, string_agg(o.note, c.name) AS x FROM orders o"
        " FULL JOIN customer c ON c.id = o.orderkey GROUP BY coalesce(o.orderkey, c.id)"
    ),
    "a full join USING": (
        "SELECT id, string_agg(c.name, p.name) AS x FROM customer c FULL JOIN product p USING (id) GROUP BY id"
    ),
    "a constant": (
        "SELECT l.linenumber AS id, l.qty FROM lineitem l WHERE l.orderkey = 5 ORDER BY l.linenumber LIMIT 3"
    ),
    "a constant on the other side": (
        "SELECT o.orderkey AS id, (SELECT e.kind FROM event e WHERE 5 = e.order_id ORDER BY e.seq LIMIT 1) AS x"
        " FROM orders o"
    ),
    "a product of equalities": (
        "SELECT c.id, json_agg(l.qty ORDER BY o.orderkey, l.linenumber) AS x FROM customer c, orders o, lineitem l"
        " WHERE c.id = o.custkey AND l.orderkey = o.orderkey GROUP BY c.id"
    ),
    "an equality through a cast": (
        "SELECT o.orderkey AS id, json_agg(p.name ORDER BY p.id) AS x FROM orders o JOIN product p"
        " ON p.id::numeric = o.custkey::numeric GROUP BY o.orderkey"
    ),
    "a nullable key that is compared": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) AS x FROM orders o JOIN step s ON s.order_id = o.orderkey"
        f" WHERE s.seq > 0 {_BY}"
    ),
    "a nullable key that is NOT NULL here": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) AS x FROM orders o JOIN step s ON s.order_id = o.orderkey"
        f" WHERE s.seq IS NOT NULL {_BY}"
    ),
    "a nullable key, filtered": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) FILTER (WHERE s.seq IS NOT NULL) AS x FROM orders o"
        f" JOIN step s ON s.order_id = o.orderkey {_BY}"
    ),
    "NULLS NOT DISTINCT": (
        "SELECT m.order_id AS id, json_agg(m.kind ORDER BY m.seq) AS x FROM mark m GROUP BY m.order_id"
    ),
    "a lookup by a nullable unique column": (
        "SELECT o.orderkey AS id, string_agg(c.name, ',' ORDER BY t.name) AS x FROM orders o"
        " JOIN tag t ON t.order_id = o.orderkey LEFT JOIN customer c ON c.email = t.name GROUP BY o.orderkey"
    ),
    "a key through a common table expression": (
        "WITH totals AS (SELECT l.orderkey, sum(l.qty) AS n FROM lineitem l GROUP BY l.orderkey)"
        " SELECT o.custkey AS id, json_agg(t.n ORDER BY t.orderkey) AS x FROM orders o JOIN totals t"
        " ON t.orderkey = o.orderkey GROUP BY o.custkey"
    ),
    "a derived table that is DISTINCT": (
        "SELECT d.orderkey AS id, string_agg(d.q, ',' ORDER BY d.q) AS x FROM (SELECT DISTINCT l.orderkey,"
        " l.qty::text AS q"
        " FROM lineitem l) AS d GROUP BY d.orderkey"
    ),
    "a derived table of a whole key": (
        "SELECT d.orderkey AS id, json_agg(d.price ORDER BY d.linenumber) AS x FROM (SELECT l.orderkey, l.linenumber,"
        " l.price FROM lineitem l WHERE l.qty > 1) AS d GROUP BY d.orderkey"
    ),
    "a derived table with a lookup": (
        "SELECT d.orderkey AS id, json_agg(d.name ORDER BY d.linenumber) AS x FROM (SELECT l.orderkey, l.linenumber,"
        " p.name FROM lineitem l JOIN product p ON p.id = l.product_id) AS d GROUP BY d.orderkey"
    ),
    "ordered by a row_number": (
        "SELECT d.order_id AS id, json_agg(d.kind ORDER BY d.n) AS x FROM (SELECT e.order_id, e.kind, row_number()"
        " OVER (PARTITION BY e.order_id ORDER BY e.seq) AS n FROM event e) AS d WHERE d.n <= 3 GROUP BY d.order_id"
    ),
    "UNION": (
        "SELECT u.id, json_agg(u.word ORDER BY u.word, u.n) AS x FROM (SELECT e.order_id AS id, e.kind AS word,"
        " e.seq AS n"
        " FROM event e UNION SELECT s.order_id, s.kind, s.seq FROM step s) AS u GROUP BY u.id"
    ),
    "UNION ALL with a word for each branch": (
        "SELECT u.id, json_agg(u.word ORDER BY u.n, u.of) AS x FROM (SELECT 'event' AS of, e.order_id AS id,"
        " e.kind AS word,"
        " e.seq AS n FROM event e UNION ALL SELECT 'line', l.orderkey, l.lasts::text, l.linenumber FROM lineitem"
        " l) AS u"
        " GROUP BY u.id"
    ),
    "EXCEPT": (
        "SELECT u.id, json_agg(u.n ORDER BY u.n) AS x FROM (SELECT e.order_id AS id, e.seq AS n FROM event e"
        " EXCEPT SELECT s.order_id, s.seq FROM step s) AS u GROUP BY u.id"
    ),
    "WITH ORDINALITY": (
        "SELECT p.id, string_agg(t.tag, ',' ORDER BY t.n) AS x FROM product p CROSS JOIN LATERAL"
        " unnest(p.tags) WITH ORDINALITY AS t (tag, n) GROUP BY p.id"
    ),
    "members of a JSON object": (
        "SELECT e.order_id AS id, e.seq AS n, string_agg(d.value, ',' ORDER BY d.key) AS x FROM event e"
        " CROSS JOIN LATERAL jsonb_each_text(e.detail) AS d (key, value) GROUP BY e.order_id, e.seq"
    ),
    "a series": (
        "SELECT o.orderkey AS id, json_agg((SELECT l.qty FROM lineitem l WHERE l.orderkey = o.orderkey"
        " AND l.linenumber = g.n) ORDER BY g.n) AS x FROM orders o CROSS JOIN generate_series(1, 3) AS g (n)"
        " GROUP BY o.orderkey"
    ),
    "one row in each group": (
        "SELECT e.order_id AS id, e.seq AS n, string_agg(e.kind, ',') AS x FROM event e GROUP BY e.order_id, e.seq"
    ),
    "what a group agrees in": f"{_OF} string_agg(o.note, ',') AS x {_LINES} {_BY}",
    "an object by names that are unique": (
        "SELECT a.product_id AS id, jsonb_object_agg(a.name, a.value) AS x FROM attribute a GROUP BY a.product_id"
    ),
    "a self-join": (
        "SELECT c.id, string_agg(k.name, ',' ORDER BY k.id) AS x FROM customer c JOIN customer k ON k.parent = c.id"
        " GROUP BY c.id"
    ),
    "a composite comparison": (
        "SELECT e.order_id AS id, json_agg(l.qty ORDER BY e.seq) AS x FROM event e JOIN lineitem l"
        " ON (l.orderkey, l.linenumber) = (e.order_id, e.seq) GROUP BY e.order_id"
    ),
    "IS NOT DISTINCT FROM": (
        "SELECT e.order_id AS id, json_agg(l.qty ORDER BY e.seq) AS x FROM event e JOIN lineitem l"
        " ON l.orderkey IS NOT DISTINCT FROM e.order_id AND l.linenumber = e.seq GROUP BY e.order_id"
    ),
    "the newest row by max": (
        "SELECT o.custkey AS id, string_agg(o.note, ',' ORDER BY o.at, o.orderkey) AS x FROM orders o"
        " WHERE o.at = (SELECT max(y.at) FROM orders y WHERE y.custkey = o.custkey) GROUP BY o.custkey"
    ),
    "a key that may be broken within a transaction": (
        "SELECT l.id, string_agg(l.word, ',' ORDER BY l.seq) AS x FROM late l GROUP BY l.id"
    ),
    "groups in an order": (
        "SELECT o.custkey AS id, (SELECT e.kind FROM event e WHERE e.order_id = o.custkey GROUP BY e.kind"
        " ORDER BY count(*), e.kind LIMIT 1) AS x FROM orders o GROUP BY o.custkey"
    ),
    # Aggregates that need no order.
    "counts, extremes and exact sums": (
        "SELECT l.orderkey AS id, count(*) AS a, min(l.weight) AS b, max(l.price) AS c, sum(l.qty) AS d,"
        " avg(l.price) AS e,"
        " stddev(l.price) AS f, var_pop(l.qty) AS g, bool_and(l.qty > 0) AS h, bit_or(l.qty) AS i, sum(l.lasts) AS j,"
        " every(l.qty > 1) AS k, count(DISTINCT l.weight) AS m FROM lineitem l GROUP BY l.orderkey"
    ),
    "ordered-set aggregates": (
        "SELECT l.orderkey AS id, percentile_cont(0.5) WITHIN GROUP (ORDER BY l.weight) AS a, percentile_disc(0.5)"
        " WITHIN GROUP (ORDER BY l.qty) AS b, mode() WITHIN GROUP (ORDER BY l.qty) AS c, rank(3) WITHIN GROUP"
        " (ORDER BY l.qty) AS d FROM lineitem l GROUP BY l.orderkey"
    ),
    "range_agg": (
        "SELECT l.orderkey AS id, range_agg(int4range(l.linenumber, l.linenumber + 2)) AS x FROM lineitem l"
        " GROUP BY l.orderkey"
    ),
    # An order by all that is put out.
    "ordered by itself": (
        "SELECT t.order_id AS id, string_agg(t.name, ',' ORDER BY t.name) AS x FROM tag t GROUP BY t.order_id"
    ),
    "json ordered by itself": (
        "SELECT t.order_id AS id, json_agg(t.name ORDER BY t.name) AS x FROM tag t GROUP BY t.order_id"
    ),
    "an array ordered by itself, of numbers that may look different": (
        "SELECT l.orderkey AS id, array_agg(l.price ORDER BY l.price) AS x FROM lineitem l GROUP BY l.orderkey"
    ),
    "DISTINCT in an aggregate": (
        "SELECT t.order_id AS id, array_agg(DISTINCT t.name) AS x FROM tag t GROUP BY t.order_id"
    ),
    "an expression of what it is ordered by": (
        "SELECT t.order_id AS id, string_agg(upper(t.name) || '!', ',' ORDER BY t.name) AS x FROM tag t GROUP BY"
        " t.order_id"
    ),
    "ordered by a list of text": (
        "SELECT l.orderkey AS id, json_agg(p.tags ORDER BY p.tags) AS x FROM lineitem l JOIN product p"
        " ON p.id = l.product_id GROUP BY l.orderkey"
    ),
    "a declared scale": (
        "SELECT l.orderkey AS id, json_agg(p.list_price ORDER BY p.list_price) AS x FROM lineitem l JOIN product p"
        " ON p.id = l.product_id GROUP BY l.orderkey"
    ),
    "LIMIT by all that is put out": (
        "SELECT o.orderkey AS id, ARRAY(SELECT t.name FROM tag t WHERE t.order_id = o.orderkey ORDER BY t.name"
        " LIMIT 2) AS x"
        " FROM orders o"
    ),
    "LIMIT with ties": (
        "SELECT o.orderkey AS id, t.linenumber AS n, t.qty FROM orders o CROSS JOIN LATERAL (SELECT l.linenumber, l.qty"
        f" {_LONE} ORDER BY l.qty FETCH FIRST 1 ROW WITH TIES) AS t"
    ),
    "OFFSET 0": (
        "SELECT o.orderkey AS id, t.qty, t.linenumber FROM orders o CROSS JOIN LATERAL (SELECT l.linenumber, l.qty"
        f" {_LONE} OFFSET 0) AS t"
    ),
    "LIMIT in EXISTS": (f"SELECT o.orderkey AS id FROM orders o WHERE EXISTS (SELECT l.qty {_LONE} LIMIT 1)"),
    "LIMIT of one row that there is": (
        "SELECT o.orderkey AS id, (SELECT c.name FROM customer c WHERE c.id = o.custkey LIMIT 1) AS x FROM orders o"
    ),
    "a floating-point sum of rows in order": (
        "SELECT l.orderkey AS id, sum(l.weight ORDER BY l.weight) AS x FROM lineitem l GROUP BY l.orderkey"
    ),
    "a floating-point sum of one row": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.weight) AS x FROM lineitem l GROUP BY l.orderkey,"
        " l.linenumber"
    ),
    # Windows.
    "peers are counted together": (
        "SELECT l.orderkey AS id, l.linenumber AS n, count(*) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS a,"
        " sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS b, rank() OVER (PARTITION BY l.orderkey"
        " ORDER BY l.qty) AS c, dense_rank() OVER (PARTITION BY l.orderkey ORDER BY l.price) AS d,"
        " cume_dist() OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS e FROM lineitem l"
    ),
    "frames by value and by peers": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty"
        " RANGE BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS a, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty"
        " GROUPS 1 PRECEDING) AS b, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty GROUPS BETWEEN 1"
        " PRECEDING AND"
        " CURRENT ROW EXCLUDE CURRENT ROW) AS c FROM lineitem l"
    ),
    "a frame of rows in a whole order": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty,"
        " l.linenumber"
        " ROWS 2 PRECEDING) AS a, string_agg(l.qty::text, ',') OVER (PARTITION BY l.orderkey ORDER BY"
        " l.linenumber) AS b,"
        " sum(l.weight) OVER (PARTITION BY l.orderkey ORDER BY l.linenumber) AS c FROM lineitem l"
    ),
    "a frame of all rows": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS a FROM lineitem l"
    ),
    "the first value among equals": (
        "SELECT l.orderkey AS id, l.linenumber AS n, first_value(l.qty) OVER (PARTITION BY l.orderkey ORDER BY"
        " l.qty) AS a,"
        " last_value(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS b FROM lineitem l"
    ),
    "equal rows are the same rows": (
        "SELECT t.order_id AS id, t.name AS n, row_number() OVER (PARTITION BY t.order_id ORDER BY t.name) AS x"
        " FROM tag t"
    ),
    "a window over groups": (
        "SELECT o.custkey AS id, o.day AS n, row_number() OVER (PARTITION BY o.custkey ORDER BY o.day) AS x FROM"
        " orders o"
        " GROUP BY o.custkey, o.day"
    ),
    "a window over groups in order of their counts": (
        "SELECT o.custkey AS id, o.day AS n, row_number() OVER (PARTITION BY o.custkey ORDER BY count(*) DESC,"
        " o.day) AS x"
        " FROM orders o GROUP BY o.custkey, o.day"
    ),
    # Each of these shows what one condition of the rules is for (make mutants).
    "an expression of the expression that it is ordered by": (
        "SELECT t.order_id AS id, string_agg(upper(t.name) || '!', ',' ORDER BY upper(t.name)) AS x FROM tag t"
        " GROUP BY t.order_id"
    ),
    "a window over groups by an expression of what it is partitioned by": (
        "SELECT o.custkey AS id, lag(count(*)) OVER (PARTITION BY o.custkey) AS x FROM orders o"
        " GROUP BY o.custkey, abs(o.custkey)"
    ),
    "a count of the query around in a list": (
        "SELECT o.custkey AS id, (SELECT string_agg(c.name || count(o.orderkey)::text, ',' ORDER BY c.id)"
        " FROM customer c) AS x FROM orders o GROUP BY o.custkey"
    ),
    "a derived table that is distinct on what is known": (
        "SELECT d.orderkey AS id, json_agg(d.qty ORDER BY d.product_id) AS x FROM (SELECT DISTINCT ON"
        " (l.orderkey, l.product_id) l.orderkey, l.product_id, l.qty FROM lineitem l"
        " ORDER BY l.orderkey, l.product_id, l.linenumber) AS d GROUP BY d.orderkey"
    ),
    "a derived table of one row": (
        "SELECT l.orderkey AS id, json_agg(json_build_array(d.name, l.qty) ORDER BY l.linenumber) AS x FROM lineitem l"
        " CROSS JOIN (SELECT c.name FROM customer c ORDER BY c.id LIMIT 1) AS d GROUP BY l.orderkey"
    ),
    "an equality that others lead to": (
        "SELECT l.orderkey AS id, json_agg(e.kind ORDER BY l.linenumber) AS x FROM lineitem l, tag t, tag u, event e"
        " WHERE e.order_id = u.order_id AND u.order_id = t.order_id AND t.order_id = l.orderkey"
        " AND e.seq = l.linenumber GROUP BY l.orderkey"
    ),
    "a left join's equality where WHERE drops what it extends": (
        "SELECT c.tier AS id, json_agg(c.name ORDER BY o.orderkey) AS x FROM customer c"
        " LEFT JOIN orders o ON o.orderkey = c.id WHERE o.note <> '' GROUP BY c.tier"
    ),
    "a left joined derived table, grouped by what it is joined by": (
        "SELECT d.order_id AS id, json_agg(d.kind) AS x FROM orders o LEFT JOIN (SELECT DISTINCT ON (e.order_id)"
        " e.order_id, e.kind FROM event e ORDER BY e.order_id, e.seq) AS d ON d.order_id = o.orderkey"
        " AND o.note = 'o1' GROUP BY d.order_id"
    ),
    "what is true": "SELECT o.custkey AS id, json_agg(o.paid) AS x FROM orders o WHERE o.paid GROUP BY o.custkey",
    "what is not true": (
        "SELECT v.order_id AS id, json_agg(v.gone) AS x FROM live v WHERE NOT v.gone GROUP BY v.order_id"
    ),
    "what is NULL": (
        "SELECT t.order_id AS id, json_agg(t.name) AS x FROM tag t WHERE t.name IS NULL GROUP BY t.order_id"
    ),
    "a number that is NULL": (
        "SELECT l.orderkey AS id, json_agg(l.price) AS x FROM lineitem l WHERE l.price IS NULL GROUP BY l.orderkey"
    ),
    "an expression that is TRUE": (
        "SELECT l.orderkey AS id, json_agg(l.qty > 0) AS x FROM lineitem l WHERE (l.qty > 0) IS TRUE"
        " GROUP BY l.orderkey"
    ),
    "an expression that is FALSE": (
        "SELECT l.orderkey AS id, json_agg(l.qty > 0) AS x FROM lineitem l WHERE (l.qty > 0) IS FALSE"
        " GROUP BY l.orderkey"
    ),
    "an expression that is UNKNOWN": (
        "SELECT l.orderkey AS id, json_agg(l.qty > 0) AS x FROM lineitem l WHERE (l.qty > 0) IS UNKNOWN"
        " GROUP BY l.orderkey"
    ),
    "ordered by a row": (
        "SELECT l.orderkey AS id, json_agg(l.qty ORDER BY (l.orderkey, l.linenumber)) AS x FROM lineitem l"
        " GROUP BY l.orderkey"
    ),
    "ordered by another name of its type": (
        "SELECT t.order_id AS id, json_agg(t.name ORDER BY t.name::varchar, 1) AS x FROM tag t GROUP BY t.order_id"
    ),
    "ordered by a wider number": f"{_OF} json_agg(l.qty ORDER BY l.linenumber::bigint) AS x {_LINES} {_BY}",
    "VALUES of one row": (
        "SELECT l.orderkey AS id, json_agg(json_build_array(v.w, l.qty) ORDER BY l.linenumber) AS x FROM lineitem l"
        " CROSS JOIN (VALUES ('a', 2)) AS v (w, n) GROUP BY l.orderkey"
    ),
    "what a derived table says of several rows": (
        "SELECT d.orderkey AS id, json_agg(d.note) AS x FROM (SELECT l.orderkey, l.linenumber, o.note FROM orders o"
        " JOIN lineitem l ON l.orderkey = o.orderkey) AS d GROUP BY d.orderkey"
    ),
    "a full join by its unique column, and a lookup": (
        "SELECT coalesce(o.orderkey, c.id) AS id, string_agg(p.name || coalesce(o.note, c.name), ',') AS x"
        " FROM orders o FULL JOIN customer c ON c.id = o.orderkey JOIN product p ON p.id = coalesce(o.orderkey, c.id)"
        " GROUP BY coalesce(o.orderkey, c.id)"
    ),
}

OPEN = {
    "a part of a key": f"{_OF} json_agg(l.qty ORDER BY l.orderkey) AS x {_LINES} {_BY}",
    "an order by what is not unique": f"{_OF} json_agg(l.qty ORDER BY l.product_id) AS x {_LINES} {_BY}",
    "no order": f"{_OF} json_agg(l.qty) AS x {_LINES} {_BY}",
    "a column beside the one it is ordered by": (
        f"{_OF} json_agg(json_build_array(l.qty, l.price) ORDER BY l.qty) AS x {_LINES} {_BY}"
    ),
    "an unequal join": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o JOIN lineitem l ON l.orderkey >="
        f" o.orderkey {_BY}"
    ),
    "an equality of one of two conditions": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o JOIN lineitem l"
        f" ON l.orderkey = o.orderkey OR l.qty = o.custkey {_BY}"
    ),
    "an equality with a sum": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o JOIN lineitem l"
        f" ON l.orderkey + l.qty = o.orderkey {_BY}"
    ),
    "an equality of absolute values": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o JOIN lineitem l"
        f" ON abs(l.orderkey) = o.orderkey {_BY}"
    ),
    "a join to many": (
        f"{_OF} json_agg(l.qty ORDER BY l.linenumber) AS x, string_agg(t.name, ',' ORDER BY l.linenumber) AS y {_LINES}"
        f" JOIN tag t ON t.order_id = o.orderkey {_BY}"
    ),
    "a left join whose condition is of other rows": (
        "SELECT o.orderkey AS id, string_agg(c.name, ',') AS x FROM orders o JOIN tag t ON t.order_id = o.orderkey"
        " LEFT JOIN customer c ON c.id = o.custkey AND t.name = 't1' GROUP BY o.orderkey"
    ),
    "a column of the side that is kept": (
        "SELECT c.id, json_agg(c2.name ORDER BY o.orderkey) AS x FROM customer c JOIN customer c2 ON c2.parent = c.id"
        " LEFT JOIN orders o ON o.custkey = c2.id GROUP BY c.id"
    ),
    "a left join's equality does not hold of what it extends": (
        "SELECT c.tier AS id, json_agg(c.name ORDER BY o.orderkey) AS x FROM customer c"
        " LEFT JOIN orders o ON o.orderkey = c.id GROUP BY c.tier"
    ),
    "a right join's equality does not hold of what it extends": (
        "SELECT c.tier AS id, json_agg(c.name ORDER BY o.orderkey) AS x FROM orders o"
        " RIGHT JOIN customer c ON o.orderkey = c.id GROUP BY c.tier"
    ),
    "a full join by one side": (
        "SELECT o.custkey AS id, json_agg(c.name ORDER BY o.orderkey) AS x FROM orders o"
        " FULL JOIN customer c ON c.id = o.orderkey GROUP BY o.custkey"
    ),
    "a full join by what is not unique": (
        "SELECT coalesce(o.custkey, c.id) AS id, string_agg(o.note, c.name) AS x FROM orders o"
        " FULL JOIN customer c ON c.id = o.custkey GROUP BY coalesce(o.custkey, c.id)"
    ),
    "a nullable key": "SELECT s.order_id AS id, json_agg(s.kind ORDER BY s.seq) AS x FROM step s GROUP BY s.order_id",
    "a nullable key of which one column is compared": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) AS x FROM orders o JOIN step s ON s.order_id = o.orderkey {_BY}"
    ),
    "a nullable key that a filter of an aggregate compares, not this one": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) AS x, count(*) FILTER (WHERE s.seq > 0) AS n FROM orders o"
        f" JOIN step s ON s.order_id = o.orderkey {_BY}"
    ),
    "a nullable key that is compared with an empty list": (
        f"{_OF} json_agg(s.kind ORDER BY s.seq) AS x FROM orders o JOIN step s ON s.order_id = o.orderkey"
        f" WHERE s.seq <> ALL ('{{1,2}}'::int[]) {_BY}"
    ),
    "NULLS NOT DISTINCT, null-extended": (
        "SELECT c.tier AS id, json_agg(m.kind ORDER BY m.order_id, m.seq) AS x FROM customer c LEFT JOIN mark m"
        " ON m.order_id IS NOT DISTINCT FROM c.parent AND c.name <> m.kind GROUP BY c.tier"
    ),
    "a table with children": (
        "SELECT length(p.word) AS id, string_agg(p.word, ',' ORDER BY p.id) AS x FROM parent p GROUP BY 1"
    ),
    "a partial unique index": (
        "SELECT v.order_id AS id, json_agg(v.word ORDER BY v.seq) AS x FROM live v GROUP BY v.order_id"
    ),
    "a derived table that is not grouped": (
        "SELECT d.orderkey AS id, json_agg(d.price ORDER BY d.qty) AS x FROM (SELECT l.orderkey, l.qty, l.price"
        " FROM lineitem l) AS d GROUP BY d.orderkey"
    ),
    "UNION ALL": (
        "SELECT u.id, json_agg(u.word ORDER BY u.n) AS x FROM (SELECT e.order_id AS id, e.kind AS word, e.seq AS n"
        " FROM event e UNION ALL SELECT l.orderkey, l.lasts::text, l.linenumber FROM lineitem l) AS u GROUP BY u.id"
    ),
    "UNION ALL with the same word in two branches": (
        "SELECT u.id, json_agg(u.word ORDER BY u.n, u.of) AS x FROM (SELECT 'a' AS of, e.order_id AS id, e.kind"
        " AS word,"
        " e.seq AS n FROM event e UNION ALL SELECT 'b', l.orderkey, l.lasts::text, l.linenumber FROM lineitem l"
        " UNION ALL SELECT 'a', m.order_id, m.kind, m.seq FROM mark m) AS u GROUP BY u.id"
    ),
    "UNION by some of its columns": (
        "SELECT u.id, json_agg(u.word ORDER BY u.n) AS x FROM (SELECT e.order_id AS id, e.kind AS word, e.seq AS n"
        " FROM event e UNION SELECT s.order_id, s.kind, s.seq FROM step s) AS u GROUP BY u.id"
    ),
    "DISTINCT ON with ties": (
        "SELECT DISTINCT ON (o.custkey) o.custkey AS id, o.note FROM orders o ORDER BY o.custkey, o.day DESC"
    ),
    "LIMIT with no order": f"SELECT o.orderkey AS id, (SELECT l.qty {_LONE} LIMIT 1) AS x FROM orders o",
    "OFFSET with ties": (
        "SELECT o.orderkey AS id, t.qty, t.linenumber FROM orders o CROSS JOIN LATERAL (SELECT l.linenumber, l.qty"
        f" {_LONE} ORDER BY l.qty OFFSET 1) AS t"
    ),
    "WITH TIES after an OFFSET": (
        "SELECT o.orderkey AS id, t.qty, t.linenumber FROM orders o CROSS JOIN LATERAL (SELECT l.linenumber, l.qty"
        f" {_LONE} ORDER BY l.qty OFFSET 1 FETCH FIRST 1 ROW WITH TIES) AS t"
    ),
    "an array with no order": f"SELECT o.orderkey AS id, ARRAY(SELECT l.qty {_LONE}) AS x FROM orders o",
    "an array of what is distinct": f"SELECT o.orderkey AS id, ARRAY(SELECT DISTINCT l.qty {_LONE}) AS x FROM orders o",
    "rollup": (
        "SELECT o.custkey AS id, o.day AS n, string_agg(o.note, ',' ORDER BY o.at) AS x FROM orders o GROUP"
        " BY ROLLUP (o.custkey, o.day)"
    ),
    "a key that some grouping set leaves out": (
        "SELECT o.orderkey AS id, o.day AS n, string_agg(o.note, ',') AS x FROM orders o"
        " GROUP BY GROUPING SETS ((o.orderkey), (o.day))"
    ),
    "an object by names that are not unique": (
        "SELECT t.order_id AS id, jsonb_object_agg(coalesce(t.name, ''), o.note) AS x FROM tag t JOIN orders o"
        " ON o.custkey = t.order_id GROUP BY t.order_id"
    ),
    "a json object keeps the order of its keys": (
        "SELECT a.product_id AS id, json_object_agg(a.name, a.value) AS x FROM attribute a GROUP BY a.product_id"
    ),
    "members of an array that are not distinct": (
        "SELECT p.id, string_agg(a.value, ',' ORDER BY t.tag) AS x FROM product p CROSS JOIN LATERAL"
        " unnest(p.tags) AS t (tag)"
        " JOIN attribute a ON a.product_id = p.id GROUP BY p.id"
    ),
    "ordinality of one of two functions": (
        "SELECT p.id, string_agg(u.tag, ',' ORDER BY t.n) AS x FROM product p CROSS JOIN LATERAL"
        " unnest(p.tags) WITH ORDINALITY AS t (tag, n) CROSS JOIN LATERAL unnest(p.tags) AS u (tag) GROUP BY p.id"
    ),
    "any value": "SELECT o.custkey AS id, any_value(o.note) AS x FROM orders o GROUP BY o.custkey",
    "a series of rows that repeat": (
        "SELECT o.custkey AS id, string_agg(o.note, ',' ORDER BY g.n) AS x FROM orders o CROSS JOIN"
        " generate_series(1, 3)"
        " AS g (n) GROUP BY o.custkey"
    ),
    # Equal and the same.
    "text of numbers that may look different": (
        "SELECT l.orderkey AS id, string_agg(l.price::text, ',' ORDER BY l.price) AS x FROM lineitem l GROUP BY"
        " l.orderkey"
    ),
    "json of numbers that may look different": (
        "SELECT l.orderkey AS id, json_agg(l.price ORDER BY l.price) AS x FROM lineitem l GROUP BY l.orderkey"
    ),
    "text of intervals that may look different": (
        "SELECT l.orderkey AS id, string_agg(l.lasts::text, ',' ORDER BY l.lasts) AS x FROM lineitem l GROUP BY"
        " l.orderkey"
    ),
    "text of zeros": (
        "SELECT l.orderkey AS id, string_agg(l.weight::text, ',' ORDER BY l.weight) AS x FROM lineitem l GROUP BY"
        " l.orderkey"
    ),
    "a first row among equal numbers": (
        "SELECT DISTINCT ON (l.orderkey) l.orderkey AS id, l.price::text AS x FROM lineitem l ORDER BY"
        " l.orderkey, l.price"
    ),
    "a column that equals one that may look different": (
        "SELECT a.orderkey AS id, string_agg(b.price::text, ',' ORDER BY a.linenumber) AS x FROM lineitem a"
        " JOIN lineitem b ON b.price = a.price GROUP BY a.orderkey"
    ),
    "grouped by numbers that may look different": (
        "SELECT l.price AS id, string_agg(l.price::text, ',') AS x FROM lineitem l GROUP BY l.price"
    ),
    # Floating-point sums.
    "a floating-point sum": "SELECT l.orderkey AS id, sum(l.weight) AS x FROM lineitem l GROUP BY l.orderkey",
    "a floating-point average": "SELECT l.orderkey AS id, avg(l.ratio) AS x FROM lineitem l GROUP BY l.orderkey",
    "a floating-point sum of the same numbers, of which there may be partial sums": (
        "SELECT l.orderkey AS id, sum(l.weight) AS x FROM lineitem l JOIN tag t ON t.order_id = l.orderkey"
        " GROUP BY l.orderkey, l.linenumber"
    ),
    "an aggregate of the application": "SELECT t.order_id AS id, joined(t.name) AS x FROM tag t GROUP BY t.order_id",
    "a correlation": "SELECT l.orderkey AS id, corr(l.weight, l.qty) AS x FROM lineitem l GROUP BY l.orderkey",
    "a floating-point sum over a window": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.weight) OVER (PARTITION BY l.orderkey) AS x FROM lineitem l"
    ),
    # Windows.
    "row_number with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, row_number() OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS x"
        " FROM lineitem l"
    ),
    "ntile with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, ntile(2) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS x"
        " FROM lineitem l"
    ),
    "lag with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, lag(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.qty) AS x"
        " FROM lineitem l"
    ),
    "first_value with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, first_value(l.price) OVER (PARTITION BY l.orderkey ORDER BY"
        " l.qty) AS x"
        " FROM lineitem l"
    ),
    "a frame of rows with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, sum(l.qty) OVER (PARTITION BY l.orderkey ORDER BY l.product_id"
        " ROWS 2 PRECEDING) AS x FROM lineitem l"
    ),
    "counting rows one by one with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, count(*) OVER (PARTITION BY l.orderkey ORDER BY l.qty"
        " ROWS UNBOUNDED PRECEDING) AS x FROM lineitem l"
    ),
    "a list over a window with ties": (
        "SELECT l.orderkey AS id, l.linenumber AS n, string_agg(l.qty::text, ',') OVER (PARTITION BY l.orderkey"
        " ORDER BY l.product_id) AS x FROM lineitem l"
    ),
    "two windows of which one leaves ties": (
        "SELECT t.order_id AS id, t.name AS n, row_number() OVER (PARTITION BY t.order_id ORDER BY t.name) AS x,"
        " row_number() OVER (PARTITION BY t.order_id) AS y FROM tag t"
    ),
    "a window over groups in order of their counts alone": (
        "SELECT o.custkey AS id, o.day AS n, row_number() OVER (PARTITION BY o.custkey ORDER BY count(*) DESC) AS x"
        " FROM orders o GROUP BY o.custkey, o.day"
    ),
    "an aggregate of the query around": (
        "SELECT o.custkey AS id, (SELECT string_agg(o.note, ',') FROM customer c WHERE c.id = o.custkey) AS x"
        " FROM orders o"
        " GROUP BY o.custkey"
    ),
    # Each of these shows what one condition of the rules is for (make mutants).
    "a count of groups in order of their sums": (
        "SELECT o.custkey AS id, o.day AS n, lag(count(*)) OVER (PARTITION BY o.custkey ORDER BY sum(o.orderkey))"
        " AS x FROM orders o GROUP BY o.custkey, o.day, o.note"
    ),
    "DISTINCT ON by less than rows are numbered by": (
        "SELECT DISTINCT ON (o.custkey) o.custkey AS id, row_number() OVER (ORDER BY o.orderkey) AS x FROM orders o"
        " ORDER BY o.custkey"
    ),
    "DISTINCT ON by what some grouping set leaves out": (
        "SELECT DISTINCT ON (o.custkey) o.custkey AS id, grouping(o.custkey) AS x FROM orders o"
        " GROUP BY GROUPING SETS ((o.custkey), ()) ORDER BY o.custkey"
    ),
    "DISTINCT ON over a function of many rows": (
        "SELECT DISTINCT ON (p.id) p.id, unnest(p.tags) AS x FROM product p ORDER BY p.id"
    ),
    "a derived table that is distinct on more": (
        "SELECT d.orderkey AS id, json_agg(d.qty ORDER BY d.orderkey) AS x FROM (SELECT DISTINCT ON"
        " (l.orderkey, l.product_id) l.orderkey, l.product_id, l.qty FROM lineitem l"
        " ORDER BY l.orderkey, l.product_id, l.linenumber) AS d GROUP BY d.orderkey"
    ),
    "a derived table of two rows": (
        "SELECT l.orderkey AS id, json_agg(json_build_array(d.name, l.qty) ORDER BY l.linenumber) AS x FROM lineitem l"
        " CROSS JOIN (SELECT c.name FROM customer c ORDER BY c.id LIMIT 2) AS d GROUP BY l.orderkey"
    ),
    "a derived table of one row with ties": (
        "SELECT l.orderkey AS id, json_agg(json_build_array(d.name, l.qty) ORDER BY l.linenumber) AS x FROM lineitem l"
        " CROSS JOIN (SELECT c.name, c.tier FROM customer c ORDER BY c.tier FETCH FIRST 1 ROW WITH TIES) AS d"
        " GROUP BY l.orderkey"
    ),
    "ordered by a rank": (
        "SELECT d.orderkey AS id, json_agg(d.qty ORDER BY d.place) AS x FROM (SELECT l.orderkey, l.qty,"
        " rank() OVER (PARTITION BY l.orderkey ORDER BY l.product_id) AS place FROM lineitem l) AS d"
        " GROUP BY d.orderkey"
    ),
    "ordered by a row_number of other partitions": (
        "SELECT d.product_id AS id, json_agg(d.qty ORDER BY d.place) AS x FROM (SELECT l.orderkey, l.product_id,"
        " l.qty, row_number() OVER (PARTITION BY l.orderkey ORDER BY l.linenumber) AS place FROM lineitem l) AS d"
        " GROUP BY d.product_id"
    ),
    "ordered by a row_number of smaller partitions": (
        "SELECT d.orderkey AS id, json_agg(d.linenumber ORDER BY d.place) AS x FROM (SELECT l.orderkey, l.linenumber,"
        " row_number() OVER (PARTITION BY l.orderkey, l.product_id ORDER BY l.linenumber) AS place FROM lineitem l)"
        " AS d GROUP BY d.orderkey"
    ),
    "beside a row_number that nothing is ordered by": (
        "SELECT d.orderkey AS id, json_agg(d.linenumber ORDER BY d.qty) AS x FROM (SELECT l.orderkey, l.linenumber,"
        " l.qty, row_number() OVER (PARTITION BY l.orderkey ORDER BY l.linenumber) AS place FROM lineitem l) AS d"
        " GROUP BY d.orderkey"
    ),
    "a left join of a lookup and of a subquery that other rows decide": (
        "SELECT o.orderkey AS id, string_agg(c.name, ',') AS x FROM orders o JOIN tag t ON t.order_id = o.orderkey"
        " LEFT JOIN (customer c CROSS JOIN LATERAL (SELECT 1 AS one WHERE t.name = 't1') AS s) ON c.id = o.custkey"
        " GROUP BY o.orderkey"
    ),
    "a left join around another one whose column is known": (
        "SELECT p.id, json_agg(c.name ORDER BY o.custkey) AS x FROM orders o LEFT JOIN (customer c LEFT JOIN product p"
        " ON p.id = c.tier) ON c.id = o.custkey AND o.note = 'o1' GROUP BY p.id"
    ),
    "two that are distinct, or something else": (
        "SELECT o.orderkey AS id, json_agg(l.qty ORDER BY l.linenumber) AS x FROM orders o JOIN lineitem l"
        " ON l.orderkey IS DISTINCT FROM o.orderkey OR l.qty = 1 GROUP BY o.orderkey"
    ),
    "what is not NULL": (
        "SELECT t.order_id AS id, json_agg(t.name) AS x FROM tag t WHERE t.name IS NOT NULL GROUP BY t.order_id"
    ),
    "an expression that is not TRUE": (
        "SELECT l.orderkey AS id, json_agg(l.product_id > 1) AS x FROM lineitem l WHERE (l.product_id > 1) IS NOT TRUE"
        " GROUP BY l.orderkey"
    ),
    "a lookup by what is open": (
        "SELECT c.tier AS id, json_agg(p.name) AS x FROM customer c JOIN product p ON p.id = c.id GROUP BY c.tier"
    ),
    "ordered by a column of the query around": (
        "SELECT c.id, (SELECT json_agg(e.kind ORDER BY c.id, e.seq) FROM lineitem l JOIN event e"
        " ON e.order_id = l.orderkey) AS x FROM orders o, tag t, customer c"
        " WHERE o.custkey = c.id AND t.order_id = o.orderkey AND t.name = 't1'"
    ),
    "a left joined row that other rows decide": (
        "SELECT o.orderkey AS id, string_agg(d.name, ',') AS x FROM orders o JOIN tag t ON t.order_id = o.orderkey"
        " LEFT JOIN (SELECT c.name FROM customer c ORDER BY c.id LIMIT 1) AS d ON t.name = 't1' GROUP BY o.orderkey"
    ),
    "LATERAL of one row, by what is open": (
        "SELECT o.orderkey AS id, string_agg(d.name, ',') AS x FROM orders o JOIN tag t ON t.order_id = o.orderkey"
        " CROSS JOIN LATERAL (SELECT c.name FROM customer c WHERE c.email = t.name ORDER BY c.id LIMIT 1) AS d"
        " GROUP BY o.orderkey"
    ),
    "VALUES of two rows": (
        "SELECT l.orderkey AS id, json_agg(json_build_array(v.w, l.qty) ORDER BY l.linenumber) AS x FROM lineitem l"
        " CROSS JOIN (VALUES ('a'), ('b')) AS v (w) GROUP BY l.orderkey"
    ),
    "a derived column that equals one that may look different": (
        "SELECT d.price AS id, string_agg(d.same::text, ',') AS x FROM (SELECT a.price, b.price AS same FROM lineitem a"
        " JOIN lineitem b ON b.price = a.price) AS d GROUP BY d.price"
    ),
}
