"""What Redis may hold of a system: for each owner, the members of a set, or a count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from denorm_assets.errors import BadId
from denorm_assets.model.ids import Id, IdKind
from denorm_assets.model.location import Location, declaring_location
from denorm_assets.model.read_model import ReadModel
from denorm_assets.model.refresh import Debounced
from denorm_assets.model.sql_file import Sql, SqlField, takes_text
from denorm_assets.model.table_name import TableName

DAY = 86_400.0


@takes_text("definition")
@dataclass(frozen=True)
class CachedSet:
    """The members of each owner's set: which projects has this user upvoted?

    Attributes:
        definition: SELECT of owner and member, each pair once.
        owner: the column whose values have a set each; `member` the column of what is in it.
        ttl: seconds after which what nobody asked for anew is forgotten, give or take a tenth.
        owners: table and column that list all owners; a warm-up then tells "none" from "not loaded" for those without
            members, too. Without, only owners with members are warmed up.
        add, remove: one INSERT and one DELETE of `%(owner)s` and `%(member)s`, without RETURNING, that change no row
            where there is nothing to change. They run in the application's transactions, so names carry their schema.
        owner_ids, member_ids: the kinds of IDs, which a client checks before it asks.
        largest: sets of more members are not held; PostgreSQL answers for them.

    Example:
        CachedSet("user_upvotes", "SELECT user_id, project_id FROM votes", owner="user_id", member="project_id")
    """

    name: str
    definition: SqlField
    owner: str
    member: str
    ttl: float = DAY
    owners: str | None = None
    add: Sql | None = None
    remove: Sql | None = None
    owner_ids: IdKind = IdKind.INTEGER
    member_ids: IdKind = IdKind.INTEGER
    largest: int = 10_000
    description: str = ""
    location: Location = field(default_factory=declaring_location, compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row of the definition; the owner is what changes are traced to."""
        return (self.owner, self.member)


@takes_text("definition")
@dataclass(frozen=True)
class CachedCount:
    """A number for each owner: how many upvotes has this project? Owners without a row have 0.

    Attributes:
        definition: SELECT of one row per owner, with its number in the column `count`.
        of: the cached set whose members are counted, by a definition of the same rows: what a client adds there counts
            here at once. Without, it is counted anew after each change.

    Example:
        CachedCount(
            "project_upvotes",
            "SELECT project_id, count(*) AS upvotes FROM votes GROUP BY project_id",
            owner="project_id",
            count="upvotes",
        )
    """

    name: str
    definition: SqlField
    owner: str
    count: str
    ttl: float = DAY
    owners: str | None = None
    of: str | None = None
    owner_ids: IdKind = IdKind.INTEGER
    description: str = ""
    location: Location = field(default_factory=declaring_location, compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        """The column that identifies a row of the definition."""
        return (self.owner,)


Cache = CachedSet | CachedCount


def as_read_model(cache: Cache) -> ReadModel:
    """The read model that the definition would make: changes are traced to owners as they are to its anchors."""
    return ReadModel(
        cache.name,
        cache.definition,
        cache.key,
        refresh=Debounced(),
        description=cache.description,
        location=cache.location,
    )


def owners_column(cache: Cache) -> tuple[TableName, str] | None:
    """Table and column that list all owners, where they are declared."""
    if cache.owners is None:
        return None
    table, _, column = cache.owners.rpartition(".")
    return TableName.parse(table), column


def checked_id(kind: IdKind, value: object, what: str) -> Id:
    """`value` as an ID of that kind. Raises BadId."""
    # True is an int to Python, and 1 to nobody who passes it here.
    if not isinstance(value, UUID if kind is IdKind.UUID else int) or isinstance(value, bool):
        raise BadId(what, value, kind.value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise BadId(what, value, "bigint")
    return value


def checked_ids(kind: IdKind, values: Sequence[object], what: str) -> list[Id]:
    """The same for several."""
    return [checked_id(kind, value, what) for value in values]
