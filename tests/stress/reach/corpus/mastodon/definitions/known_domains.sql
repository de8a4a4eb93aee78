-- key: domain
-- seen: https://github.com/mastodon/mastodon/blob/main/app/models/instance.rb
-- large: accounts
SELECT domain, coalesce(a.accounts, 0) AS accounts, b.severity, b.id IS NOT NULL AS blocked
FROM (SELECT domain, count(*) AS accounts FROM accounts WHERE domain IS NOT NULL GROUP BY domain) a
FULL OUTER JOIN domain_blocks b USING (domain)
