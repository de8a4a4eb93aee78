-- key: page_id
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/specials/SpecialLonelyPages.php
-- large: page, pagelinks
SELECT page_id, page_namespace, page_title FROM page
LEFT JOIN pagelinks ON page_namespace = pl_namespace AND page_title = pl_title
WHERE pl_namespace IS NULL AND page_is_redirect = 0
