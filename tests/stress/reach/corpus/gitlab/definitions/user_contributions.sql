-- key: author_id, date
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/lib/gitlab/contributions_calendar.rb
-- large: events, push_event_payloads
SELECT e.author_id, date_trunc('day', e.created_at)::date AS date, count(*) AS num_events, sum(p.commit_count) AS commits
FROM events e LEFT JOIN push_event_payloads p ON p.event_id = e.id
WHERE e.action IN (1, 3, 5, 6)
GROUP BY e.author_id, date_trunc('day', e.created_at)::date
