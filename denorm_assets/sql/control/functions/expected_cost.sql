-- What the planner expects a statement to cost that `EXPLAIN (FORMAT JSON)` was asked for, in its own units. A row costs one
-- more, because it may have to be written, and being asked costs 10. Infinity where it does not know: it takes any
-- recursion, and nearly any function that yields rows, to yield some fixed number of them. Those named here yield the
-- elements of a value.
CREATE OR REPLACE FUNCTION denorm.expected_cost(plan json) RETURNS double precision LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE
    WHEN plan::pg_catalog.text OPERATOR(pg_catalog.~) '"Node Type": "(ProjectSet|Recursive Union|Table Function Scan)"'
        OR plan::pg_catalog.text OPERATOR(pg_catalog.~) ('"Function Name": "(?!(unnest|jsonb?_(array_elements|each)(_text)?'
            '|jsonb?_object_keys|regexp_split_to_table|string_to_table)")')
    THEN 'Infinity'
    ELSE 10 OPERATOR(pg_catalog.+) pg_catalog.json_extract_path_text(plan, '0', 'Plan', 'Total Cost')::pg_catalog.float8
        OPERATOR(pg_catalog.+) pg_catalog.json_extract_path_text(plan, '0', 'Plan', 'Plan Rows')::pg_catalog.float8
END $$;
