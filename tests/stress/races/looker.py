"""A second driver, which stands back for nobody: looks and refreshes in a loop, as a sensor without a pause would."""

from __future__ import annotations

import random
import time

import psycopg

from denorm_assets.db.postgres.database import Database
from denorm_assets.db.refresh.scheduler import Refresher
from denorm_assets.errors import DenormError
from denorm_assets.settings import load_settings
from denorm_assets.systems.selection import load_systems


def main() -> None:
    """Look until killed."""
    settings = load_settings()
    database = Database(settings.database_url, application_name="looker")
    refresher = Refresher(database, load_systems(settings.systems))
    while True:
        try:
            refresher.look()
        except (DenormError, psycopg.Error) as error:
            print(error, flush=True)
        time.sleep(random.uniform(0, 0.3))


if __name__ == "__main__":
    main()
