-- key: id, lang
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/posts/Post.ts
-- large: post
SELECT p.id, t.value ->> 'lang' AS lang, p.score, jsonb_path_exists(p."contentMeta", '$.translations[*] ? (@.ok == true)') AS "anyOk"
FROM post p, jsonb_path_query(p."contentMeta", '$.translations[*] ? (@.ok == true)') AS t(value)
WHERE NOT p.deleted
