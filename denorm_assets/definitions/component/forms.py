"""What `defs.yaml` may say: the declarations as YAML. Editors and `dg check yaml` read the JSON schema of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, RootModel

from denorm_assets.definitions.names import RESOURCE_KEY

Sql = Annotated[str, Field(description="The SQL, or the name of a file beside this one that ends in .sql.")]


class Form(BaseModel):
    """A mapping of the file. Fields that are not declared are faults, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


class IndexForm(Form):
    """An `Index`."""

    columns: list[str] = Field(description="Terms in order: column [opclass] [ASC|DESC] [NULLS FIRST|LAST].")
    unique: bool = False
    name: str | None = None
    using: str = Field("btree", description="Access method.")
    where: str = Field("", description="Predicate of a partial index.")


class TableIndexForm(IndexForm):
    """An index of a phase: `on(table, Index(...), query=...)`."""

    table: str = Field(description="table or schema.table.")
    query: str = Field(description="The query that needs it.")


class ReferenceForm(Form):
    """A `references(column, to)`."""

    column: str
    to: str = Field(description="table.column or schema.table.column.")
    foreign_key: bool = Field(False, description="Whether PostgreSQL enforces it.")
    partition: str | None = Field(None, description="The partition whose rows refer there; all rows without.")


class _Debounced(Form):
    quiet: float | None = Field(None, description="Seconds without a change after which a refresh is due.")
    max_wait: float | None = Field(None, description="Seconds after the first change by which it is due at the latest.")


class ByKeyForm(_Debounced):
    """`Auto`, `Debounced` or `Realtime`."""

    kind: Literal["auto", "debounced", "realtime"]
    clock: float | None = Field(None, description="Seconds between looks at the clock, where the definition reads it.")


class FullForm(_Debounced):
    """`Full`."""

    kind: Literal["full"]
    every: float | None = Field(None, description="Seconds after which time alone refreshes it.")


class ReadModelForm(Form):
    """A `ReadModel`."""

    name: str
    definition: Sql
    key: list[str] = Field(description="The columns that identify a row.")
    backfill: list[str] | None = Field(
        None, description="ID columns whose ranges partition the backfill: table.column."
    )
    refresh: Annotated[ByKeyForm | FullForm, Field(discriminator="kind")] | None = None
    indexes: list[IndexForm] = []
    references: list[ReferenceForm] = []
    partition_by: str | None = Field(None, description="The column that tells driving sources apart.")
    description: str = ""


class IdentifierWorkForm(Form):
    """`Expand`, `Fill`, `Switch` or `Contract`."""

    kind: Literal["expand", "fill", "switch", "contract"]
    identifiers: list[str] = Field(description="Text columns that become uuid: table.column.")


class SoftDeletesForm(Form):
    """`SoftDeletes`."""

    kind: Literal["soft_deletes"]
    tables: list[str] = Field(description="The tables, parents first.")
    keep_days: int | None = None


class PhaseForm(Form):
    """A `Phase`."""

    name: str
    read_models: list[ReadModelForm] = []
    description: str = ""
    indexes: list[TableIndexForm] = []
    work: Annotated[IdentifierWorkForm | SoftDeletesForm, Field(discriminator="kind")] | None = None


class QueryForm(Form):
    """A `QueryPair`."""

    name: str
    before: Sql
    after: Sql
    parameters: dict[str, int | str] = {}
    target: float = 1.0


class CutoverForm(Form):
    """A `Cutover`."""

    flag: str
    table: str
    judged_from: int
    speed_up: float = 1.5


class StagesForm(Form):
    """The `Stages` of a load test."""

    ramp: float = 10
    steady: float = 60
    ramp_down: float = 0


class LoadForm(Form):
    """A `Load`."""

    users: int
    think_seconds: float
    p95_ms: float
    average_ms: float | None = None
    p99_ms: float | None = None
    error_share: float = 0.01
    stages: StagesForm = StagesForm()
    draws: dict[str, str] = {}


class _CacheForm(Form):
    name: str
    definition: Sql
    owner: str
    ttl: float = 86_400.0
    owners: str | None = Field(None, description="The column that lists all owners: table.column.")
    owner_ids: Literal["integer", "uuid"] = "integer"
    description: str = ""


class CachedSetForm(_CacheForm):
    """A `CachedSet`."""

    kind: Literal["set"]
    member: str
    add: Sql | None = None
    remove: Sql | None = None
    member_ids: Literal["integer", "uuid"] = "integer"
    largest: int = 10_000


class CachedCountForm(_CacheForm):
    """A `CachedCount`."""

    kind: Literal["count"]
    count: str
    of: str | None = Field(None, description="The cached set whose members are counted.")


class SystemForm(Form):
    """A `System`."""

    name: str
    schema_: str = Field("public", alias="schema", description="The schema of the application's tables.")
    description: str = ""
    owners: list[str] = []
    read_models: list[ReadModelForm] = []
    phases: list[PhaseForm] = []
    queries: list[QueryForm] = []
    caches: list[Annotated[CachedSetForm | CachedCountForm, Field(discriminator="kind")]] = []
    cutover: CutoverForm | None = None
    load: LoadForm | None = None


class DatabaseForm(Form):
    """Where the database is."""

    env: str = Field(description="The environment variable that holds its address.")


class TranslationForm(Form):
    """What assets are called and carry. Values may be templates that read `asset`."""

    key: str | None = None
    key_prefix: str | list[str] | None = None
    group_name: str | None = None
    tags: dict[str, str] = {}
    owners: list[str] | None = None
    description: str | None = None
    automation_condition: str | None = None
    excluded_checks: list[str] = []


class _OrTemplate:
    """Shows in the JSON schema that a template may stand there. Templates are replaced before anything is validated."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "string", "pattern": r"\{\{"}]}


class AttributesForm(Form):
    """The arguments of `build_definitions`."""

    systems: list[SystemForm] = Field(description="All systems of the database that this code location shows.")
    database: Annotated[DatabaseForm | None, _OrTemplate] = None
    resource_key: str = Field(RESOURCE_KEY, pattern=r"^[A-Za-z0-9_]+$", description="One for each database.")
    source_keys: Annotated[dict[str, str | list[str]] | None, _OrTemplate] = None
    translation: Annotated[TranslationForm | None, _OrTemplate] = None


class Attributes(RootModel[Any]):
    """What stands in the file, unread: Dagster would stop at faults of one sort before others are looked for."""

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler.resolve_ref_schema(handler(AttributesForm.__pydantic_core_schema__))
