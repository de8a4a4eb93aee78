-- key: issue_id
-- seen: https://github.com/gitlabhq/gitlabhq/blob/master/app/models/concerns/issuable.rb
-- large: issues, label_links
SELECT issues.id AS issue_id, json_agg(json_build_object('title', l.title, 'priority', l.priority) ORDER BY l.priority NULLS LAST, l.id) AS labels, min(l.priority) AS highest_priority
FROM issues
JOIN label_links ll ON ll.target_id = issues.id AND ll.target_type = 'Issue'
JOIN labels l ON l.id = ll.label_id
GROUP BY issues.id
