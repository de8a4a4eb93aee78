SELECT count(*) AS notebooks, coalesce(sum(s.documents), 0) AS documents, coalesce(sum(s.bytes), 0) AS bytes
FROM notebook_summaries AS s
WHERE s.owner_uid = %(user)s
