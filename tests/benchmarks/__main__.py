"""``python -m tests.benchmarks [GROUP]``."""

from __future__ import annotations

import sys

from tests.benchmarks import (
    artefacts,
    cost,
    detection,
    memory,
    nulls,
    player,
    promptness,
    reasons,
    reproduction,
    responsive,
    review,
    selftest,
    startup,
    steady,
    suite,
    throughput,
    timeline,
)
from tests.benchmarks.table import write

GROUPS = {
    "throughput": lambda: [*throughput.run(), *steady.run()],
    "progress": promptness.run,
    "memory": memory.run,
    "startup": lambda: [*startup.run(), *responsive.run()],
    "detection": lambda: [*detection.run(), *artefacts.run(), *reasons.run(), *cost.run()],
    "suite": suite.run,
    "nulls": nulls.run,
    "selftest": selftest.run,
    "player": player.run,
    "reproduction": reproduction.run,
    "timeline": timeline.run,
    "review": review.run,
}


def main() -> None:
    """Run one group, or all."""
    wanted = sys.argv[1:] or list(GROUPS)
    unknown = sorted(set(wanted) - set(GROUPS))
    if unknown:
        sys.exit(f"There is no benchmark {', '.join(unknown)}; choose from {', '.join(GROUPS)}.")
    write([figure for name in wanted for figure in GROUPS[name]()])


main()
