-- key: group_id
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/models/group.py
-- large: sentry_event, sentry_groupedmessage
SELECT g.id AS group_id, g.project_id, count(e.id) AS times_seen, count(DISTINCT e.user_ident) AS users_seen, min(e.datetime) AS first_seen, max(e.datetime) AS last_seen
FROM sentry_groupedmessage g LEFT JOIN sentry_event e ON e.group_id = g.id GROUP BY g.id
