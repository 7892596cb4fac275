"""Every property of every record of an instance with every odd value: no message in the words of a library.

    python -m tests.bench.odd_values

Prints the properties and values whose messages are; the suite tries a third of the values on each property.
"""

from __future__ import annotations

import sys

from tests.loader.test_words import RECORDS, odd_values_told_wrongly


def main() -> int:
    """Try all of them; the exit code is 1 where one failed."""
    wrong = [line for record in RECORDS for line in odd_values_told_wrongly(record, one_in=1)]
    print("\n".join(wrong) or f"{len(RECORDS)} records: no message in foreign words")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
