-- key: rev_id
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/specials/SpecialContributions.php
-- large: revision
SELECT rev_id, rev_page, rev_actor, rev_len - lag(rev_len) OVER (PARTITION BY rev_page ORDER BY rev_timestamp, rev_id) AS diff, row_number() OVER (PARTITION BY rev_page ORDER BY rev_timestamp, rev_id) AS version
FROM revision
