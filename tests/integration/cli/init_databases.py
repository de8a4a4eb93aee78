"""What is in the databases that `init` is tried on."""

from __future__ import annotations

SHOP = """
CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL, region text);
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, total numeric(10, 2) NOT NULL);
INSERT INTO customers SELECT n, 'c' || n, 'r' || n % 3 FROM generate_series(1, 20) AS n;
INSERT INTO orders SELECT n, n % 10 + 1, n FROM generate_series(1, 100) AS n;
ANALYZE customers, orders;
"""
TOTALS = """
CREATE MATERIALIZED VIEW totals AS
    SELECT c.id, c.name, sum(o.total) AS total
    FROM customers AS c JOIN orders AS o ON o.customer_id = c.id GROUP BY c.id;
CREATE UNIQUE INDEX totals_key ON totals (id);
CREATE INDEX totals_by_total ON totals (total DESC, id);
CREATE INDEX totals_by_name ON totals (lower(name));
"""
CHINOOK = '''
CREATE SCHEMA "Store Front";
SET search_path = "Store Front";
CREATE TABLE "Artist" ("ArtistId" int PRIMARY KEY, "Name" varchar(120));
CREATE TABLE "Album" ("AlbumId" int PRIMARY KEY, "Title" varchar(160), "ArtistId" int NOT NULL REFERENCES "Artist");
CREATE MATERIALIZED VIEW "Albums per ""Artist""" AS
    SELECT a."ArtistId", a."Name" AS "The Name", count(*) AS "Größe.x"
    FROM "Artist" AS a JOIN "Album" AS b USING ("ArtistId") GROUP BY 1;
CREATE UNIQUE INDEX ON "Albums per ""Artist""" ("ArtistId");
CREATE INDEX ON "Albums per ""Artist""" ("Größe.x" DESC NULLS LAST, "ArtistId");
CREATE MATERIALIZED VIEW "class" AS SELECT "Title", count(*) FROM "Album" GROUP BY 1;
CREATE MATERIALIZED VIEW "Class" AS SELECT "ArtistId", count(*) FROM "Album" GROUP BY 1;
CREATE MATERIALIZED VIEW "日本" AS SELECT DISTINCT "Title" AS "def" FROM "Album";
CREATE MATERIALIZED VIEW "2024.sales -- 100%" AS SELECT "AlbumId", '%(x)s {y} $1' AS "lambda %" FROM "Album";
CREATE MATERIALIZED VIEW "line
import os" AS SELECT "AlbumId", "Title" AS "a""b" FROM "Album";
CREATE MATERIALIZED VIEW chained AS SELECT "The Name", sum("Größe.x") AS s FROM "Albums per ""Artist""" GROUP BY 1;
'''
ONLY_VIEWS = """
CREATE MATERIALIZED VIEW numbers AS SELECT n, n * 2 AS twice FROM generate_series(1, 10) AS n;
CREATE UNIQUE INDEX ON numbers (n);
CREATE MATERIALIZED VIEW how_many AS SELECT count(*) FROM numbers;
CREATE MATERIALIZED VIEW letters AS SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v (id, letter);
"""
KEYLESS = """
CREATE TABLE a (x int, y text);
CREATE TABLE b (x int, z text);
CREATE MATERIALIZED VIEW joined AS SELECT a.x, a.y, b.z FROM a JOIN b USING (x);
CREATE MATERIALIZED VIEW grouped AS SELECT a.y, b.z, count(*) AS n FROM a LEFT JOIN b USING (x) GROUP BY 1, 2;
"""
SCHEMAS = """
CREATE SCHEMA sales;
CREATE SCHEMA "SALES";
CREATE TABLE sales.orders (id int PRIMARY KEY, day date);
CREATE MATERIALIZED VIEW sales.days AS SELECT day, count(*) FROM sales.orders GROUP BY 1;
CREATE MATERIALIZED VIEW "SALES".days AS SELECT day, count(*) FROM sales.orders GROUP BY 1;
CREATE MATERIALIZED VIEW public.weeks AS SELECT date_trunc('week', day) AS week, sum(count) FROM sales.days GROUP BY 1;
"""
TRIGGERS = """
CREATE TABLE posts (id int PRIMARY KEY, votes int NOT NULL DEFAULT 0, paid numeric NOT NULL DEFAULT 0);
CREATE TABLE votes (id int PRIMARY KEY, post_id int NOT NULL REFERENCES posts, amount numeric NOT NULL);
CREATE TABLE log (at timestamptz);
CREATE FUNCTION count_votes() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    UPDATE posts SET votes = votes + 1 WHERE id = NEW.post_id;
    UPDATE public.posts AS p SET paid = coalesce(p.paid, 0) + NEW.amount WHERE p.id = NEW.post_id;
    INSERT INTO log VALUES (now());
    RETURN NEW;
END $$;
CREATE TRIGGER votes_are_counted AFTER INSERT ON votes FOR EACH ROW EXECUTE FUNCTION count_votes();
"""
