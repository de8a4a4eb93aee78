"""Shapes of definitions over one schema: what `make bench ONLY=cost` measures and `make races ONLY=shapes` races."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from denorm_assets.model.read_model import IdRanges, ReadModel
from denorm_assets.model.refresh import Refresh
from denorm_assets.model.sql_file import SqlFile
from denorm_assets.model.system import Phase, System

_SQL = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Shape:
    """A definition `sql/<name>.sql`.

    Attributes:
        group: the shapes of one group race in one schema.
        driving: the column of its ID ranges; empty where it is loaded as a whole.
        by_key: the sources from which a change leads to its anchors.
        whole: the sources of which a change makes all of it stale.
        timed: whether it reads the clock.
        growing: whether its groups, or its blocks, grow with the tables, and with them what a changed row costs.
    """

    name: str
    group: str
    key: tuple[str, ...]
    driving: str
    by_key: tuple[str, ...]
    whole: tuple[str, ...] = ()
    timed: bool = False
    growing: bool = False

    @property
    def definition(self) -> SqlFile:
        """The SELECT."""
        return SqlFile(_SQL / f"{self.name}.sql")

    def read_model(self, refresh: Refresh) -> ReadModel:
        """The read model of the same name."""
        return ReadModel(
            self.name, self.definition, self.key, IdRanges(self.driving) if self.driving else None, refresh
        )

    def system(self, schema: str, refresh: Refresh) -> System:
        """A system with this read model alone, in a schema of the same name."""
        return System(schema, schema, (Phase("phase_1", (self.read_model(refresh),)),))


_ITEMS, _ACCOUNTS = "items.id", "accounts.id"
_BY_ACCOUNT = "items.account_id"
_TOP = ("account_id", "id")

SHAPES = (
    Shape("right_join", "joins", ("id",), _ITEMS, ("items", "accounts")),
    Shape("full_join", "joins", ("account_id",), "", ("items", "archived")),
    Shape("join_in_parentheses", "joins", ("id", "payment_id"), _ITEMS, ("items", "payments", "accounts")),
    Shape("join_using", "joins", ("id",), _ITEMS, ("items", "profiles")),
    Shape("natural_join", "joins", ("id",), _ITEMS, ("items", "profiles")),
    Shape("in_inside_on", "joins", ("id",), _ACCOUNTS, ("accounts", "items", "payments")),
    Shape("groups_of_two_tables", "joins", ("name", "state"), "", ("items", "accounts")),
    Shape("groups_of_three_tables", "joins", ("name", "hour", "amount"), "", ("items", "accounts", "payments")),
    Shape("values_list", "functions", ("id",), _ITEMS, ("items",)),
    Shape("with_ordinality", "functions", ("id", "place"), _ITEMS, ("items",)),
    Shape("jsonb_each", "functions", ("id", "key"), _ITEMS, ("items",)),
    Shape("window_clause", "functions", _TOP, _BY_ACCOUNT, ("items", "accounts")),
    Shape("windows_per_partition", "functions", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("groups_of_union_all", "unions", ("account_id",), "", ("items", "archived")),
    Shape("distinct_of_union_all", "unions", ("account_id", "state"), "", ("items", "archived")),
    Shape("distinct_on_union_all", "unions", ("account_id",), "", ("items", "archived")),
    Shape("join_of_union_all", "unions", ("account_id", "kind", "id"), _ACCOUNTS, ("accounts", "items", "archived")),
    Shape("union", "unions", ("account_id", "state"), "", ("items", "archived")),
    Shape("intersect", "unions", ("account_id", "state"), "", ("items", "archived")),
    Shape("except", "unions", ("account_id", "state"), "", ("items", "archived")),
    Shape("row_of_max", "best", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("rows_of_best_score", "best", _TOP, _BY_ACCOUNT, ("items", "accounts")),
    Shape("row_of_first", "best", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("pair_in_max", "best", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("joined_to_max", "best", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("none_better", "best", _TOP, _BY_ACCOUNT, ("items",)),
    Shape("distinct_on_joined_back", "best", ("id",), _ACCOUNTS, ("accounts", "items")),
    Shape("rollup_within_account", "levels", ("account_id", "state"), "", ("items",)),
    Shape("rollup", "levels", ("region", "state"), "", (), ("items", "accounts")),
    Shape("cube", "levels", ("state", "score"), "", (), ("items",)),
    Shape("grouping_sets", "levels", ("account_id", "state", "level"), "", (), ("items",)),
    Shape("totals", "levels", ("items",), "", ("items", "accounts"), growing=True),
    Shape("counters", "levels", ("waiting",), "", ("items", "payments", "archived"), growing=True),
    Shape("last_30_days", "clocks", ("id",), _ITEMS, ("items", "accounts"), timed=True),
    Shape("due", "clocks", ("account_id",), _BY_ACCOUNT, ("items",), timed=True),
    Shape("calendar", "clocks", ("id", "day"), _ACCOUNTS, ("accounts", "items"), timed=True),
    Shape("calendar_by_day", "clocks", ("day",), "", ("items",), timed=True, growing=True),
    Shape("view", "views", ("id", "payment_id"), _ITEMS, ("items", "payments")),
    Shape("view_over_view", "views", ("id",), _ITEMS, ("items", "accounts", "payments")),
    Shape("view_over_union_all", "views", ("account_id",), "", ("items", "archived", "accounts")),
)


def create_tables(schema: str, rows: int) -> bytes:
    """The script that creates and fills the tables; `rows` items, a multiple of ten."""
    text = (_SQL / "tables.sql").read_text(encoding="utf-8")
    return text.replace("{schema}", schema).replace("{rows}", str(rows)).encode()
