"""Research notebooks: sources, their text, conversations about it, and the jobs that read it."""

from denorm_assets.systems.notebooks.declaration import SYSTEM

__all__ = ["SYSTEM"]
