-- key: namespace, title
-- seen: https://github.com/wikimedia/mediawiki/blob/master/includes/watcheditem/WatchedItemStore.php
-- large: watchlist
SELECT wl_namespace AS namespace, wl_title AS title, COUNT(*) AS watchers, COUNT(wl_notificationtimestamp) AS unread FROM watchlist GROUP BY wl_namespace, wl_title
