-- What the application asks: the only function of ours that everybody may call. A user whose bucket is below the
-- percentage stays below it while the percentage grows.
CREATE OR REPLACE FUNCTION denorm.flag_enabled(flag text, user_key text) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
    SELECT COALESCE((
        SELECT pg_catalog.abs(pg_catalog.mod(
            pg_catalog.hashtextextended(f.name OPERATOR(pg_catalog.||) ':' OPERATOR(pg_catalog.||) user_key, 0), 100::pg_catalog.int8))
            OPERATOR(pg_catalog.<) f.percentage
        FROM denorm.flag AS f WHERE f.name OPERATOR(pg_catalog.=) flag
    ), false)
$$;
