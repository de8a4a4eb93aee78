-- What the application asks. A user whose bucket is below the percentage stays below it while that grows.
CREATE FUNCTION denorm.flag_enabled(flag text, user_key text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT abs(mod(hashtextextended(f.name || ':' || user_key, 0), 100)) < f.percentage
        FROM denorm.flag AS f WHERE f.name = flag
    ), false)
$$;
