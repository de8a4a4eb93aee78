-- key: contact_id, kind, item_id
-- seen: https://github.com/twentyhq/twenty/blob/main/packages/twenty-server/src/modules/timeline/standard-objects/timeline-activity.workspace-entity.ts
-- large: messages, notes, conversations
WITH timeline AS (
    SELECT v.contact_id, 'message' AS kind, m.id AS item_id, m.created_at, m.content FROM messages m JOIN conversations v ON v.id = m.conversation_id WHERE m.message_type = 0
    UNION ALL
    SELECT contact_id, 'note', id, created_at, content FROM notes
    UNION ALL
    SELECT contact_id, 'conversation', id, created_at, cached_label_list FROM conversations
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY contact_id ORDER BY created_at DESC, kind, item_id) AS n FROM timeline WHERE contact_id IS NOT NULL
)
SELECT n.contact_id, n.kind, n.item_id, n.created_at, left(n.content, 10) AS excerpt, n.n, c.name FROM numbered n JOIN contacts c ON c.id = n.contact_id WHERE n.n <= 10
