SELECT d.id, d.slug, d.title, d.tagline, d.description, d.owner, d.owner_name, d.tags, d.upvotes, d.comments,
    d.downvotes, d.badges, d.chains
FROM mv_project_details AS d
WHERE d.slug = %(slug)s
