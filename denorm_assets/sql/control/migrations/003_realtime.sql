-- Realtime read models: recomputed in the writing transaction where that is possible at once.

CREATE TYPE denorm.image AS (image text[]);

ALTER TABLE denorm.read_model ADD COLUMN recompute text;
COMMENT ON COLUMN denorm.read_model.recompute IS
    'Statement that makes the rows of anchors $1 (text[]) right; NULL unless the read model is kept in real time.';
