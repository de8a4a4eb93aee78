"""`make load-notebooks`: 1,000 virtual users read `notebooks`: a while as the older schema's pages do, then anew."""

from __future__ import annotations

import sys

from denorm_assets.load_test.run import run_load
from denorm_assets.model.system import Stages
from denorm_assets.systems.notebooks import SYSTEM
from tests.bench.prepared import prepared
from tests.stress.load.measured import details_of, draw, figures_of, load_options, stages_of
from tests.support.reports import report

_BEFORE = Stages(ramp=20, steady=60)
"""Long enough to see it saturate."""


def main() -> None:
    """Run what the command line asks for; exit status 1 where the pages after the phases miss a limit."""
    parser = load_options("make load-notebooks", __doc__, SYSTEM, 20_000)
    parser.add_argument("--before-users", type=int, help="as many as --users where not given")
    options = parser.parse_args()
    stages = stages_of(options)
    before_stages = Stages(min(_BEFORE.ramp, stages.ramp), min(_BEFORE.steady, stages.steady))
    with prepared(SYSTEM, options.scale) as (_, url):
        before = run_load(url, SYSTEM, options.before_users or options.users, before_stages, "before")
        after = run_load(url, SYSTEM, options.users, stages, "after")
    draw("load-notebooks", {"before": before, "after": after})
    met = report(
        "load-notebooks",
        [*figures_of(before, "before", judged=False), *figures_of(after, "after", judged=True)],
        {"before": details_of(before), "after": details_of(after)},
    )
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
