-- key: conversation_id, tag_id
-- seen: https://github.com/mbleigh/acts-as-taggable-on/blob/master/lib/acts_as_taggable_on/taggable/core.rb
-- large: taggings, conversations, tags
SELECT v.id AS conversation_id, t.id AS tag_id, t.name
FROM conversations v JOIN tags t ON t.id IN (SELECT g.tag_id FROM taggings g WHERE g.taggable_type = 'Conversation' AND g.taggable_id = v.id)
