"""The processes that `denorm-assets dev` starts."""
