"""Applying a declaration: its plan is made, a person has agreed to what is lost, and the operations run."""

from __future__ import annotations

from denorm_assets.db.apply.system_plan import plan_phase, plan_system
from denorm_assets.db.apply.unfit_models import tell_unfit
from denorm_assets.db.capture.redefinitions import doubt_redefined
from denorm_assets.db.control import control_schema
from denorm_assets.db.control.declarations import note_applied
from denorm_assets.db.plan.consent import NO_CONSENT, Consent
from denorm_assets.db.plan.operations import Plan, Running
from denorm_assets.db.postgres.database import Database
from denorm_assets.model.system import Phase, System
from denorm_assets.sql.step import Step


def apply_system(database: Database, system: System, consent: Consent = NO_CONSENT) -> list[Step]:
    """Run the plan of `system`, but for what needs a load or a person first; returns the steps.

    Raises WouldBeLost where something would be lost without `consent`, and what `plan_system` raises, with nothing of
    the system changed; and what the operations raise. Read models that fit the database no longer are left as they
    are, and NoLongerFits names them in the end.
    """
    running = Running(database, consent)
    _migrate_older(running)
    plan = plan_system(database, system, consent.adopt)
    consent.require(system.name, plan.steps)
    return _run(plan, running, system)


def create_phase(database: Database, system: System, phase: Phase, consent: Consent = NO_CONSENT) -> list[Step]:
    """Do a phase's work, create its tables and then its indexes; returns the steps.

    Raises what `plan_phase` and the operations raise, and NoLongerFits in the end for read models that were left out.
    """
    running = Running(database, consent)
    _migrate_older(running)
    plan = plan_phase(database, system, phase, consent.adopt)
    return _run(plan, running, system)


def _migrate_older(running: Running) -> None:
    """Bring an older control schema to this release: it does not tell yet what is ours. Set its log limit, too."""
    with running.database.session() as session:
        if control_schema.version(session) is not None:
            control_schema.migrate_told(session)


def _run(plan: Plan, running: Running, system: System) -> list[Step]:
    steps = plan.run(running)
    with running.database.session() as session:
        if control_schema.installed(session):
            doubt_redefined(session)
        # Not before it is done: what fails may be aborted.
        note_applied(session, system)
    tell_unfit(system, plan.unfit)
    return steps
