-- key: domain
-- seen: https://github.com/discourse/discourse/blob/main/app/models/user_email.rb
-- large: user_emails
SELECT lower(split_part(email, '@', 2)) AS domain, count(*) AS addresses, count(*) FILTER (WHERE "primary") AS "primary"
FROM user_emails GROUP BY 1
