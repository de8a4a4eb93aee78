SELECT user_id, project_id FROM votes WHERE value = 1
