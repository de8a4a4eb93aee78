-- key: project_id, hour
-- seen: https://github.com/getsentry/sentry/blob/master/src/sentry/tsdb/base.py
-- large: sentry_event
-- time: yes
SELECT g.project_id, date_trunc('hour', e.datetime) AS hour, count(*) AS events
FROM sentry_event e JOIN sentry_groupedmessage g ON g.id = e.group_id
WHERE e.datetime > now() - interval '24 hours'
GROUP BY 1, 2
