"""IDs in the launchpad."""

from typing import Any

import dagster as dg
from pydantic import Field, field_validator


class IdsConfig(dg.Config):
    """Which IDs of the driving table are meant."""

    # Any: people write 1 as well as a UUID, and Dagster would take only one of a number and a string.
    from_id: Any = Field(default=None, description="First ID of the driving table. Empty: from the first one on.")
    to_id: Any = Field(default=None, description="Last ID, inclusive. Empty: up to the last one.")

    @field_validator("from_id", "to_id")
    @classmethod
    def _as_text(cls, value: object) -> str | None:
        return None if value is None or value == "" else str(value)
