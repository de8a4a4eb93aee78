"""`social` with every view that can be kept by key kept so: one word of each declaration is another."""

from __future__ import annotations

from dataclasses import replace

from denorm_assets.model.refresh import Debounced
from denorm_assets.systems.social import SYSTEM

CAN_BE_KEPT_BY_KEY = ("mv_chains", "mv_project_details", "mv_search_projects", "mv_search_users", "mv_forum_threads")
KEYED = replace(
    SYSTEM,
    phases=tuple(
        replace(
            phase,
            read_models=tuple(
                replace(model, refresh=Debounced()) if model.name in CAN_BE_KEPT_BY_KEY else model
                for model in phase.read_models
            ),
        )
        for phase in SYSTEM.phases
    ),
)
