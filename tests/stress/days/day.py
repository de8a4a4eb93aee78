"""The product as people use it: started once by `denorm-assets dev`, beside a browser, a shell and who is alerted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import psycopg
from playwright.sync_api import Page
from psycopg.rows import TupleRow

from denorm_assets.model.read_model import ReadModel
from tests.integration.browser.chromium import open_page
from tests.integration.browser.product import Folder, Product, product_folder
from tests.stress.days.house import SYSTEMS, build_house, read_models
from tests.stress.days.instance import PATIENCE, Instance
from tests.stress.days.receiver import Receiver, receiving
from tests.support.dagster_tree import DagsterApi, open_instance, wait_for
from tests.support.reports import REPORTS, Figure


class Day(Instance):
    """One running product and what people have at hand.

    Attributes:
        began: when it was made.
        figures: what the present scenario measured.
    """

    def __init__(self, folder: Folder, alerts: Receiver) -> None:
        self.folder = folder
        self.alerts = alerts
        self.began = self.now()
        self.figures: list[Figure] = []
        self.page: Page
        self.product: Product
        self._running = ExitStack()

    def start(self) -> None:
        """Start the product, which then is where it was before."""
        self.product = self._running.enter_context(self.folder.running())
        self.api = DagsterApi(self.product.url)
        self.instance = self._running.enter_context(
            open_instance(
                {
                    "DENORM_DAGSTER_URL": self.folder.server_url("DENORM_DAGSTER_URL"),
                    "DAGSTER_HOME": str(self.folder.home / "dagster"),
                }
            )
        )

    def stop(self) -> None:
        """Stop it with Ctrl-C."""
        self._running.close()

    def shell(self, *words: str) -> str:
        """What `denorm-assets` says in the shell of the same folder; AssertionError where it fails."""
        done = subprocess.run(
            [Path(sys.executable).with_name("denorm-assets"), *words],
            cwd=self.folder.root,
            env=dict(self.folder.environ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"denorm-assets {' '.join(words)}: {done.stdout}{done.stderr}"
        return done.stdout

    def find_worker(self) -> psutil.Process | None:
        """The worker process of `dev`, if one is alive."""
        return next((each for each in self.folder.processes() if each.cmdline()[-1:] == ["worker"]), None)

    def worker(self) -> psutil.Process:
        """The worker process of `dev`."""
        found = self.find_worker()
        assert found is not None, "a worker is running"
        return found

    def rows(self, query: str, *parameters: object) -> list[TupleRow]:
        """What `query` yields in the schema of `topics`, in a connection of its own."""
        return self.product.rows(query, *parameters)

    def unseen(self, statement: str) -> None:
        """Change rows behind everybody's back: no trigger fires."""
        self.rows(f"SET session_replication_role = replica; {statement}")

    @contextmanager
    def locked(self, table: str) -> Generator[None]:
        """Keep everybody from reading `table`."""
        with psycopg.connect(self.product.database_url) as connection:
            connection.execute(f"LOCK TABLE topics.{table} IN ACCESS EXCLUSIVE MODE".encode())
            yield
            connection.rollback()

    def model(self, name: str) -> ReadModel:
        """A read model of `topics`, its definition as its file is now."""
        return read_models(self.folder.root)[name]

    def differing(self) -> dict[str, int]:
        """Read model of `topics` -> rows that table and definition do not share."""
        return {name: len(self.product.difference(found)) for name, found in read_models(self.folder.root).items()}

    def wait_until_right(self, seconds: float = PATIENCE) -> None:
        """Return once no read model of `topics` differs from its definition."""
        wait_for(lambda: not any(self.differing().values()), seconds, f"{self.differing()} differ no more", interval=1)

    def flag(self) -> int:
        """For how many of a hundred users the flag of `topics` is on."""
        [(percentage,)] = self.rows("SELECT percentage FROM denorm.flag WHERE name = 'topics_read_models'")
        return int(percentage)

    def sleep(self, seconds: float) -> None:
        """Let time pass; for what must not happen meanwhile."""
        time.sleep(seconds)

    def measured(self, name: str, value: float, unit: str = "", **goal: float) -> None:
        """Take down a figure of the present scenario."""
        self.figures.append(Figure(name, value, unit, **goal))

    def measure_wrong_rows(self, after: str) -> None:
        """Take down how many rows of `topics` are wrong."""
        self.measured(f"rows wrong after {after}", sum(self.differing().values()), at_most=0)

    def screenshot(self, name: str) -> None:
        """Keep a picture to look at."""
        self.page.screenshot(path=REPORTS / "days" / f"{name}.png")


@contextmanager
def open_day(chromium: str) -> Generator[Day]:
    """The product, up; stopped with Ctrl-C at the end, which leaves no process behind."""
    with receiving() as alerts, product_folder(SYSTEMS, DENORM_ALERT_WEBHOOK=alerts.url) as folder:
        build_house(folder.root)
        day = Day(folder, alerts)
        try:
            day.start()
            with open_page(chromium, day.product.url) as day.page:
                yield day
        finally:
            day.stop()
