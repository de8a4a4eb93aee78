"""Tests of read models: a database in which a system is live, random changes of its sources, and what must then hold.

pytest finds the fixture `system_live` by itself where denorm-assets is installed.
"""

from denorm_assets.testing.changes.change import Change
from denorm_assets.testing.live import LiveSystem
from denorm_assets.testing.system_live import SystemLive

__all__ = ["Change", "LiveSystem", "SystemLive"]
