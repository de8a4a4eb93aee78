-- find --
SELECT name, system, percentage, reason, changed_at FROM denorm.flag WHERE name = %(name)s;

-- on --
SELECT name, percentage FROM denorm.flag WHERE system = %(system)s AND percentage > 0 ORDER BY name;

-- set --
INSERT INTO denorm.flag (name, system, percentage, reason) VALUES (%(name)s, %(system)s, %(percentage)s, %(reason)s)
ON CONFLICT (name) DO UPDATE SET
    system = excluded.system,
    percentage = excluded.percentage,
    reason = excluded.reason,
    changed_at = now();

-- turn_off --
UPDATE denorm.flag SET percentage = 0, reason = %(reason)s, changed_at = now()
WHERE name = %(name)s AND percentage > 0;
