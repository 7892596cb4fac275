"""Certificates of random questions, and of the same tampered with: how many hold, and what verifying one takes.

    python -m tests.bench.certificate_bench --certificates 200

Takes questions one after another until so many have a certificate, then tampers with each, one kind after another.
Prints what it counts; exits with 1 where a certificate fails or a tampered one holds.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from itertools import count

from planner.core.errors import InstanceError
from planner.loader import from_dict
from planner.verify.certificate.prove import prove
from tests.verify.certificate.made import TAMPERINGS, certified, record


def main() -> int:
    """Count."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--certificates", type=int, default=200)
    asked = parser.parse_args()
    counted: Counter[str] = Counter()
    finding = verifying = 0.0
    for seed in count():
        if counted["certificates"] == asked.certificates:
            break
        question, began = record(seed), time.process_time()
        made = certified(question)
        finding += time.process_time() - began
        counted["questions"] += 1
        if made is None:
            continue
        instance, certificate = made
        began = time.process_time()
        holds = prove(instance, certificate).holds
        verifying += time.process_time() - began
        tampering = TAMPERINGS[counted["certificates"] % len(TAMPERINGS)]
        counted["certificates"] += 1
        counted["hold"] += holds
        changed, tampered = tampering(question, certificate)
        try:
            kept = prove(from_dict(changed), tampered).holds
        except InstanceError:
            kept = False
        counted["tampered that hold"] += kept
        if not holds or kept:
            print(f"seed {seed}: holds {holds}, {tampering.__name__} holds {kept}", flush=True)
    wrong = counted["certificates"] - counted["hold"] + counted["tampered that hold"]
    print(
        f"{counted['questions']} questions: {counted['certificates']} certificates, {counted['hold']} hold; "
        f"tampered: {counted['tampered that hold']} of {counted['certificates']} hold; "
        f"{finding:.1f} s of a processor to find, {verifying:.1f} s to verify"
    )
    return int(wrong > 0)


if __name__ == "__main__":
    raise SystemExit(main())
