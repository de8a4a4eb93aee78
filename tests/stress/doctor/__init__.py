"""`denorm-assets doctor` on real servers: troubles that are planted, named, fixed and gone."""
