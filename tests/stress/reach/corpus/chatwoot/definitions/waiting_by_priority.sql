-- key: account_id, priority
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/services/auto_assignment/assignment_service.rb
-- large: conversations
-- time: yes
SELECT v.account_id, p.name AS priority, count(*) FILTER (WHERE v.waiting_since < now() - interval '1 hour') AS waiting, count(*) FILTER (WHERE v.snoozed_until > now()) AS snoozed, count(*) AS open
FROM conversations v JOIN (VALUES (0, 'low'), (1, 'medium'), (2, 'high'), (3, 'urgent')) AS p(id, name) ON p.id = coalesce(v.priority, 0)
WHERE v.status <> 1
GROUP BY v.account_id, p.name
