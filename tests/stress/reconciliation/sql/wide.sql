SELECT id, owner, label, price, ratio, happened, day, shown, tags, doc, body, place, raw, ref,
    to_tsvector('simple', coalesce(label, '')) AS words
FROM things
