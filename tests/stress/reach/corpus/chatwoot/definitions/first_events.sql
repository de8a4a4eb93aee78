-- key: conversation_id
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/models/reporting_event.rb
-- large: conversations, reporting_events
SELECT v.id AS conversation_id, e.name, e.value, e.event_end_time
FROM conversations v LEFT JOIN reporting_events e ON e.id = (SELECT min(r.id) FROM reporting_events r WHERE r.conversation_id = v.id AND r.value IS NOT NULL)
