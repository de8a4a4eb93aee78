-- key: account_id, identity
-- seen: https://github.com/chatwoot/chatwoot/blob/develop/app/actions/contact_merge_action.rb
-- large: contacts
SELECT c.account_id, COALESCE(lower(c.email), c.phone_number, 'id:' || c.id) AS identity, min(c.id) AS keep, array_remove(array_agg(c.id ORDER BY c.id), min(c.id)) AS merge, string_agg(c.name, ' / ' ORDER BY c.id) AS names
FROM contacts c GROUP BY c.account_id, COALESCE(lower(c.email), c.phone_number, 'id:' || c.id) HAVING count(*) > 1
