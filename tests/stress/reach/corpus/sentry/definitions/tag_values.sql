-- key: project_id, key, value
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/tagstore/base.py
-- large: sentry_event, sentry_groupedmessage
SELECT g.project_id, t.key, t.value, count(*) AS times_seen, max(e.datetime) AS last_seen
FROM sentry_event e JOIN sentry_groupedmessage g ON g.id = e.group_id CROSS JOIN jsonb_each_text(e.tags) AS t
GROUP BY g.project_id, t.key, t.value
