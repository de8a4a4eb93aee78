-- key: cat_title
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/Category/Category.php
-- large: categorylinks
SELECT cl_to AS cat_title, COUNT(*) AS cat_pages, COUNT(CASE WHEN cl_type = 'subcat' THEN 1 END) AS cat_subcats, COUNT(CASE WHEN cl_type = 'file' THEN 1 END) AS cat_files
FROM categorylinks JOIN page ON page_id = cl_from GROUP BY 1
