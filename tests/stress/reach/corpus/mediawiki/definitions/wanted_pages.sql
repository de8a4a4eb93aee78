-- key: namespace, title
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/specials/SpecialWantedPages.php
-- large: pagelinks
SELECT pl_namespace AS namespace, pl_title AS title, COUNT(*) AS value
FROM pagelinks LEFT JOIN page AS pg1 ON pl_namespace = pg1.page_namespace AND pl_title = pg1.page_title
WHERE pg1.page_namespace IS NULL
GROUP BY pl_namespace, pl_title
HAVING COUNT(*) > 1
