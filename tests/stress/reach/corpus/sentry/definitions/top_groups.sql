-- key: project_id, position
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/models/group.py
-- large: sentry_event, sentry_groupedmessage
SELECT p.id AS project_id, top.position, top.group_id, top.events
FROM sentry_project p CROSS JOIN LATERAL (
    SELECT g.id AS group_id, count(e.id) AS events, row_number() OVER (ORDER BY count(e.id) DESC, g.id) AS position
    FROM sentry_groupedmessage g JOIN sentry_event e ON e.group_id = g.id WHERE g.project_id = p.id
    GROUP BY g.id ORDER BY events DESC, g.id LIMIT 3
) top
