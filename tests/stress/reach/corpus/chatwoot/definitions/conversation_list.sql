-- key: id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/finders/conversation_finder.rb
-- large: conversations, messages, taggings
SELECT v.id, v.status, ct.name AS contact, coalesce(e.email, w.website_url) AS channel, l.labels, first.created_at - v.created_at AS first_reply_after,
    (SELECT count(*) FROM messages m WHERE m.conversation_id = v.id AND m.message_type = 0 AND m.created_at > coalesce((SELECT max(x.created_at) FROM messages x WHERE x.conversation_id = v.id AND x.message_type = 1), '-infinity')) AS unanswered
FROM conversations v
JOIN inboxes i ON i.id = v.inbox_id
LEFT JOIN channel_email e ON i.channel_type = 'Channel::Email' AND e.id = i.channel_id
LEFT JOIN channel_web_widgets w ON i.channel_type = 'Channel::WebWidget' AND w.id = i.channel_id
LEFT JOIN contacts ct ON ct.id = v.contact_id
LEFT JOIN LATERAL (SELECT string_agg(t.name, ', ' ORDER BY t.name) AS labels FROM taggings g JOIN tags t ON t.id = g.tag_id WHERE g.taggable_type = 'Conversation' AND g.taggable_id = v.id) l ON true
LEFT JOIN LATERAL (SELECT m.created_at FROM messages m WHERE m.conversation_id = v.id AND m.message_type = 1 ORDER BY m.created_at, m.id LIMIT 1) first ON true
WHERE v.status IN (0, 2, 3) AND ct.blocked IS NOT TRUE
