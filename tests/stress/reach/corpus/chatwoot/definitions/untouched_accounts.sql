-- key: id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/models/account.rb
-- large: conversations, contacts, messages
SELECT a.id, a.name, (SELECT count(*) FROM contacts c WHERE c.account_id = a.id) AS contacts, (SELECT count(*) FROM conversations v WHERE v.account_id = a.id) AS conversations,
    (SELECT count(*) FROM messages m JOIN conversations v ON v.id = m.conversation_id WHERE v.account_id = a.id) AS messages, (SELECT array_agg(DISTINCT i.channel_type ORDER BY i.channel_type) FROM inboxes i WHERE i.account_id = a.id) AS channels
FROM accounts a
WHERE a.id <> ALL (SELECT r.account_id FROM reporting_events r WHERE r.name = 'first_response' AND r.value > 3500 AND r.account_id IS NOT NULL)
