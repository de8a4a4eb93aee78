"""Clients of an application that write at the same time."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.stress.stranger.application import Traffic
from tests.stress.stranger.site import APPLICATION, Site

_CLIENTS = 3
_PAUSE = 0.02


def use_at_random(site: Site, schema: str, transactions: Sequence[str], seconds: float) -> Traffic:
    """Have each client run `transactions`, each time one at random, as the application's role."""
    until = time.monotonic() + seconds

    def client(number: int) -> Traffic:
        chosen, done, failed = random.Random(number), 0, list[str]()
        with psycopg.connect(site.url(APPLICATION), autocommit=True) as connection:
            connection.execute("SELECT set_config('search_path', %s, false)", (schema,))
            while time.monotonic() < until:
                text = chosen.choice(transactions)
                try:
                    with connection.transaction():
                        connection.execute(text.encode())
                except psycopg.Error as error:
                    failed.append(f"{str(error).splitlines()[0]}: {' '.join(text.split())[:100]}")
                done += 1
                time.sleep(_PAUSE)
        return Traffic(done, tuple(failed))

    with ThreadPoolExecutor(_CLIENTS) as pool:
        found = list(pool.map(client, range(_CLIENTS)))
    return Traffic(sum(each.transactions for each in found), tuple(line for each in found for line in each.failed))
