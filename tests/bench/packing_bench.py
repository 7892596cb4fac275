"""The formulation against an exact bin packer on random units, nodes and racks: cases, disagreements, seconds.

python -m tests.bench.packing_bench --from 0 --to 1000
"""

from __future__ import annotations

import argparse
import time

from tests.packing.random_packings import exact, planned, question


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--to", dest="last", type=int, default=1000)
    asked = parser.parse_args()
    began, wrong = time.monotonic(), 0
    for seed in range(asked.first, asked.last):
        data = question(seed)
        least, found = exact(data), planned(data)
        if abs(found - least) > 1e-6:
            wrong += 1
            print(f"seed {seed}: the packer has {least}, the formulation {found:g}")
    print(f"{asked.last - asked.first} packings, {wrong} disagree, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
