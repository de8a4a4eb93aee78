-- The application's own way of voting: a vote against becomes one for.
INSERT INTO social.votes (user_id, project_id, value) VALUES (%(owner)s, %(member)s, 1)
ON CONFLICT (project_id, user_id) DO UPDATE SET value = 1 WHERE votes.value <> 1
