"""The table `notebooks.jobs` as it is after all phases, alone: no users and notebooks are needed to try a queue."""

from __future__ import annotations

from typing import LiteralString

JOBS: LiteralString = """
CREATE SCHEMA notebooks;
CREATE TABLE notebooks.jobs (
    uid uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_uid uuid NOT NULL DEFAULT gen_random_uuid(),
    notebook_uid uuid,
    kind text NOT NULL DEFAULT 'import',
    payload jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'queued',
    priority int NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    worker text,
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    deleted_at timestamptz
);
"""
INDEX: LiteralString = (
    "CREATE INDEX idx_jobs_status_created ON notebooks.jobs (status, created_at) WHERE deleted_at IS NULL"
)
