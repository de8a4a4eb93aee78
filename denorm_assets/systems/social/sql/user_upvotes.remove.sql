DELETE FROM social.votes WHERE user_id = %(owner)s AND project_id = %(member)s AND value = 1
