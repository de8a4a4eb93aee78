SELECT i.id, t.place, t.tag, i.note
FROM items AS i
CROSS JOIN unnest(i.tags) WITH ORDINALITY AS t (tag, place)
