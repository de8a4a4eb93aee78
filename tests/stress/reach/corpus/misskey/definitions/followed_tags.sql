-- key: user_id, note_id
-- seen: https://git.pleroma.social/pleroma/pleroma/-/blob/develop/lib/pleroma/user/hashtag_follow.ex
-- large: note, hashtag_follow
SELECT DISTINCT h.user_id, n.id AS note_id FROM hashtag_follow h JOIN note n ON EXISTS (SELECT FROM unnest(n.tags) AS t(tag) WHERE t.tag = h.hashtag) WHERE n.visibility = 'public'
