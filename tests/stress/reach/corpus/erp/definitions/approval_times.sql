-- key: reference_name, state, since
-- seen: https://github.com/frappe/frappe/blob/develop/frappe/workflow/doctype/workflow_action/workflow_action.py
-- large: workflow_action
SELECT reference_name, state, min(at) AS since, max(next_at) - min(at) AS lasted, count(*) AS steps
FROM (
    SELECT reference_name, state, at, next_at, sum(changed) OVER (PARTITION BY reference_name ORDER BY at, id) AS episode
    FROM (
        SELECT id, reference_name, state, at, lead(at) OVER w AS next_at, (state IS DISTINCT FROM lag(state) OVER w)::int AS changed
        FROM workflow_action WHERE reference_doctype = 'Sales Invoice' WINDOW w AS (PARTITION BY reference_name ORDER BY at, id)
    ) marked
) numbered
GROUP BY reference_name, state, episode
