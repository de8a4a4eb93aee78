-- key: page_id
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/specials/SpecialMostRevisions.php
-- large: revision
SELECT page_id, page_title, COUNT(*) AS revisions, COUNT(DISTINCT rev_actor) AS editors
FROM revision JOIN page ON page_id = rev_page
GROUP BY page_id, page_title ORDER BY COUNT(*) DESC, page_id LIMIT 10
