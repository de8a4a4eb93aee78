"""Statements by which a rebuilt read model is compared."""

from __future__ import annotations

from denorm_assets.model.catalog.described import DescribedModel
from denorm_assets.sql.rows.anchors import settled
from denorm_assets.sql.rows.compare import digests
from denorm_assets.sql.statement import Raw, Statement


def settled_digests(described: DescribedModel, model_id: int) -> Statement:
    """`digests` without the anchors that pending changes explain, and whether these explain everything.

    One statement and so one snapshot, whatever the transaction around it.
    """
    # The one row that all blocks make is left out with any of them.
    everything = "true" if described.blocks else "s.everything"
    return Statement(
        "SELECT compared.*, EXISTS (\n"
        "    SELECT FROM denorm.stale_anchors(%(model_id)s) AS s WHERE {everything}) AS undetermined\n"
        "FROM (\n{digests}\n) AS compared",
        {"digests": digests(described, settled(described, model_id)), "everything": Raw(everything)},
        {"model_id": model_id},
    )
