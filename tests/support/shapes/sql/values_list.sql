SELECT i.id, i.note, s.label
FROM items AS i
JOIN (VALUES (0, 'new'), (1, 'open'), (2, 'blocked')) AS s (state, label) ON s.state = i.state
