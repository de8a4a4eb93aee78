-- What a view says, every name in it with its schema: it then means the same under any search path.
CREATE OR REPLACE FUNCTION denorm.text_of_view(view regclass) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp SET quote_all_identifiers = off AS $$
    SELECT pg_catalog.rtrim(pg_catalog.pg_get_viewdef(view), ';')
$$;
