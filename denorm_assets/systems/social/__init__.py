"""A community of builders: dashboards, feeds, leaderboards, search and forums."""

from denorm_assets.systems.social.declaration import SYSTEM

__all__ = ["SYSTEM"]
