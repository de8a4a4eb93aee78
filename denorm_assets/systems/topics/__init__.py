"""Press monitoring: entries linked to topics by the tags that editors type."""

from denorm_assets.systems.topics.declaration import SYSTEM

__all__ = ["SYSTEM"]
