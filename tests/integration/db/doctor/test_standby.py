"""A standby in the place of the primary, which nobody can apply or refresh anything on."""

from __future__ import annotations

import pytest

from denorm_assets.db.doctor.examine import examine
from denorm_assets.db.doctor.patient import BoundedDatabase
from denorm_assets.embedded.temporary import FAST
from denorm_assets.systems.topics import SYSTEM as TOPICS
from tests.bench.temporary_server import temporary_server


@pytest.mark.long
def test_examine_standby_says_so_and_nothing_else() -> None:
    with temporary_server("denorm-standby-", FAST) as (home, postgres):
        postgres.stop()
        signal = home / "postgres" / "standby.signal"
        signal.touch()
        postgres.start()
        database = BoundedDatabase(postgres.url("postgres"))
        [trouble] = examine(database, [TOPICS]).troubles
        database.close()
        assert (trouble.name, trouble.needs_doing) == ("standby", True)
        assert "target_session_attrs=read-write" in str(trouble.fix)
        # A server that recovers stops as any other.
        postgres.stop()
        signal.unlink()
        postgres.start()
