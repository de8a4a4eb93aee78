"""A gallery: content of two kinds, found by its tags."""

from denorm_assets.systems.gallery.declaration import SYSTEM

__all__ = ["SYSTEM"]
