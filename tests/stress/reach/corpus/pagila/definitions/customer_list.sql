-- key: id
-- seen: https://github.com/devrimgunduz/pagila/blob/master/pagila-schema.sql
-- large: customer
SELECT cu.customer_id AS id, (((cu.first_name || ' '::text) || cu.last_name)) AS name, store.city, CASE WHEN cu.activebool THEN 'active'::text ELSE ''::text END AS notes, cu.store_id AS sid
FROM (customer cu LEFT JOIN store ON ((cu.store_id = store.store_id)))
