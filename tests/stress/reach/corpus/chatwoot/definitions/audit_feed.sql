-- key: id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/enterprise/app/models/enterprise/audit_log.rb
-- large: audits, conversations, contacts, accounts, users
SELECT a.id, a.action, a.created_at, ac.name AS account, coalesce(c.name, i.name, 'conversation ' || v.id) AS subject, u.name AS actor
FROM audits a
LEFT JOIN conversations v ON a.auditable_type = 'Conversation' AND v.id = a.auditable_id
LEFT JOIN contacts c ON a.auditable_type = 'Contact' AND c.id = a.auditable_id
LEFT JOIN inboxes i ON a.auditable_type = 'Inbox' AND i.id = a.auditable_id
JOIN accounts ac ON ac.id = COALESCE(v.account_id, c.account_id, i.account_id)
LEFT JOIN users u ON u.id = COALESCE(a.user_id, v.assignee_id)
