-- What DDL changed the values of since a read model's rows were last computed, in the snapshot of the statement that asks.
CREATE OR REPLACE FUNCTION denorm.redefined(model bigint) RETURNS SETOF text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_catalog.concat(s.table_schema, '.', s.table_name)
    FROM denorm.dependency AS d JOIN denorm.source AS s ON s.id OPERATOR(pg_catalog.=) d.source_id
    CROSS JOIN LATERAL (SELECT denorm.column_signature(s.relation, s.compared_columns) AS signature) AS now
    WHERE d.model_id OPERATOR(pg_catalog.=) model
        AND NOT denorm.keeps_values(denorm.of_columns(s.signature, d.columns, now.signature), now.signature)
    UNION ALL
    SELECT pg_catalog.concat_ws(', ', VARIADIC m.calls) FROM denorm.read_model AS m
    WHERE m.id OPERATOR(pg_catalog.=) model AND m.calls OPERATOR(pg_catalog.<>) '{}'
        AND NOT denorm.keeps_values(m.signature, denorm.function_signature(m.calls))
    UNION ALL
    SELECT pg_catalog.concat('the view ', v.view_schema, '.', v.view_name) FROM denorm.altered_views(model) AS v
$$;
