-- key: monitor_id
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/monitors/models.py
-- large: sentry_monitor_checkin
SELECT DISTINCT ON (monitor_id) monitor_id, id, status, date_added,
    count(*) FILTER (WHERE status = 1) OVER (PARTITION BY monitor_id) AS failures
FROM sentry_monitor_checkin ORDER BY monitor_id, date_added DESC, id DESC
