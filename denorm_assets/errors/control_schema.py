"""Errors of the control schema, and of declarations that were applied since."""

from __future__ import annotations

from datetime import datetime

from denorm_assets.errors.base import ConfigurationError


class ControlSchemaTooNew(ConfigurationError):
    """The control schema was migrated by a newer release than this one."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            f"the control schema in this database is at version {found}, this release knows up to {known}. "
            "Upgrade denorm-assets to the release that migrated it"
        )


class ControlSchemaTaken(ConfigurationError):
    """The schema `denorm` is not the control schema, or somebody else owns it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the schema denorm of this database cannot be used: {why}. Nothing was changed. denorm-assets needs a "
            "schema of that name for itself: rename that one (ALTER SCHEMA denorm RENAME TO ...), or, where an "
            "administrator made it for denorm-assets, empty it and give it to the role that applies (ALTER SCHEMA "
            "denorm OWNER TO ...)"
        )


class Superseded(ConfigurationError):
    """This process has an earlier declaration of a system than the last one that was applied."""

    def __init__(self, system: str, applied_at: datetime) -> None:
        super().__init__(
            f"superseded: a later declaration of {system} than the one of this process was applied on "
            f"{applied_at:%Y-%m-%d at %H:%M:%S} UTC, so this process leaves {system} alone. Restart it with the "
            "present declaration. To go back to the earlier one, run `denorm-assets apply --back`"
        )
