"""`python -m benchmarks [press] [memory] [simulate]`: exit code 1 when a bar is missed."""

from __future__ import annotations

import logging
import sys

from benchmarks import memory, press, simulate

_ALL = {"press": press.run, "memory": memory.run, "simulate": simulate.run}


def main(names: list[str]) -> int:
    """Run these, or all."""
    unknown = [name for name in names if name not in _ALL]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(_ALL)}")
        return 2
    logging.disable(logging.WARNING)  # the portal that refuses every connection is meant
    results = [_ALL[name]() for name in names or _ALL]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
