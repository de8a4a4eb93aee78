-- key: keywordX, keywordY
-- seen: https://github.com/dailydotdev/daily-api/blob/main/src/entity/TagRecommendation.ts
-- large: post_keyword
SELECT pk1.keyword AS "keywordX", pk2.keyword AS "keywordY", count(*) AS occurrences,
    round(count(*)::numeric / (SELECT count(*) FROM post_keyword pk3 WHERE pk3.keyword = pk1.keyword AND pk3.status = 'allow'), 4) AS probability
FROM post_keyword pk1
JOIN post_keyword pk2 ON pk1."postId" = pk2."postId" AND pk1.keyword <> pk2.keyword
WHERE pk1.status = 'allow' AND pk2.status = 'allow'
GROUP BY pk1.keyword, pk2.keyword
HAVING count(*) >= 2
