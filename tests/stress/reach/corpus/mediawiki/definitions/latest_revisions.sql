-- key: page_id
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/specials/SpecialContributions.php
-- large: revision, page
SELECT p.page_id, p.page_title, r.rev_id, r.rev_timestamp, a.actor_name
FROM page p JOIN revision r ON r.rev_page = p.page_id LEFT JOIN actor a ON a.actor_id = r.rev_actor
WHERE (r.rev_page, r.rev_id) IN (SELECT rev_page, max(rev_id) FROM revision GROUP BY rev_page)
