"""The system `gallery`: links in place of arrays of tags, over two tables of content."""

from __future__ import annotations

from pathlib import Path

from denorm_assets import (
    Cutover,
    Example,
    IdRanges,
    Index,
    Phase,
    QueryPair,
    ReadModel,
    Realtime,
    SqlFile,
    System,
    references,
)
from denorm_assets.systems.gallery.tables import APPLICATION_TABLES

_SQL = Path(__file__).parent / "sql"


# A page of tags that most content has, and one of tags that hardly any has: both have to be fast.
_COMMON = "bright street,warm sky,far flower"
_RARE = "aurora borealis,daguerreotype"


def _pair(name: str, *, sql: str = "", target: float = 1.0, **parameters: int | str) -> QueryPair:
    before, after = SqlFile(_SQL / f"{sql or name}.before.sql"), SqlFile(_SQL / f"{sql or name}.after.sql")
    return QueryPair(name, before, after, parameters, target=target)


CONTENT_TAGS = ReadModel(
    name="content_tags",
    definition=SqlFile(_SQL / "content_tags.sql"),
    # The key's index leads from content to its tags, the other one from a tag to its content.
    key=("content_source", "content_id", "tag_id"),
    backfill=IdRanges("content_items.id", "content_items_auto.id"),
    refresh=Realtime(),
    partition_by="content_source",
    indexes=(Index("tag_id", "content_source", "content_id"),),
    references=(
        references("content_id", "content_items.id", foreign_key=True, partition="content_items"),
        references("content_id", "content_items_auto.id", foreign_key=True, partition="content_items_auto"),
        references("tag_id", "tags.id", foreign_key=True),
    ),
    description="Which content has which tags, from the arrays of both tables of content.",
)

SYSTEM = System(
    name="gallery",
    schema="gallery",
    description="A gallery: content that people and the service publish, found by its tags.",
    owners=("team:gallery",),
    phases=(
        Phase(
            "phase_1_content_tags",
            (CONTENT_TAGS,),
            "Creates the control schema and the links' table with a partition for each table of content, empty.",
        ),
    ),
    queries=(
        # Through the arrays with a GIN index on them, as a sensible application has it: names become IDs in the query,
        # so the planner cannot know that a tag is common, and reads all content that has it to show the newest.
        _pair("gallery_page", target=33, tags=_COMMON, limit=50),
        _pair(
            "next_page",
            target=5,
            tags=_COMMON,
            limit=50,
            before_created_at="2025-01-01 00:00:00+00",
            before_source="content_items_auto",
            before_id=1_000_000_000,
        ),
        _pair("mine", target=1.5, tags=_COMMON, creator=7, limit=50),
        _pair("community", target=5, tags=_COMMON, creator=7, limit=50),
        _pair("all_tags", target=3, tags=_COMMON, limit=50),
        _pair("single_tag", target=0.83, tag="warm sky", limit=50),
        _pair("tag_counts", target=2),
        # What the arrays are best at: a GIN index finds the few, and an array that is at hand needs no probe. The
        # links must not be much worse at it.
        _pair("gallery_page_of_rare_tags", sql="gallery_page", target=0.25, tags=_RARE, limit=50),
        _pair("single_rare_tag", sql="single_tag", target=0.25, tag="daguerreotype", limit=50),
        _pair("all_tags_one_rare", sql="all_tags", target=0.1, tags="bright street,warm sky,daguerreotype", limit=50),
        _pair("none_of_tags", target=0.1, tags=_COMMON, limit=50),
    ),
    example=Example(APPLICATION_TABLES, SqlFile(_SQL / "sample.sql"), default_scale=500, largest_scale=64_680),
    cutover=Cutover(flag="gallery_links", table="content_tags", judged_from=5_000_000),
)
