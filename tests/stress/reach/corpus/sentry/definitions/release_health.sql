-- key: project_id, release_id
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/models/releases/release_project.py
-- large: sentry_event
SELECT g.project_id, e.release_id, r.version, count(*) AS events, count(DISTINCT g.id) AS issues, count(*) FILTER (WHERE lower(e.environment) = 'prod') AS prod
FROM sentry_event e JOIN sentry_groupedmessage g ON g.id = e.group_id JOIN sentry_project p ON p.id = g.project_id AND p.status = 0 JOIN sentry_release r ON r.id = e.release_id
GROUP BY g.project_id, e.release_id, r.version
