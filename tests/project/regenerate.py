"""Everything that is written from the code, anew: `python -m tests.project.regenerate`.

The instance's JSON Schema and the reference of its keys, the chapters of channels, the formulation, the kernel and
queueing, the table of parameters, and an LP file for each family of constraints.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from planner.loader import instance_schema
from tests.project import channel_chapter, field_reference, formulation, golden, kernel_chapters, parameters

SCHEMA = Path(__file__).parents[2] / "planner" / "loader" / "schemas" / "instance.schema.json"


@cache
def texts() -> dict[Path, str]:
    """What each file should hold."""
    return {
        SCHEMA: json.dumps(instance_schema(), indent=2) + "\n",
        field_reference.REFERENCE: field_reference.reference(),
        formulation.CHAPTER: formulation.chapter(),
        channel_chapter.CHAPTER: channel_chapter.chapter(),
        parameters.TABLE: parameters.table(),
        parameters.MATHEURISTIC_TABLE: parameters.matheuristic_table(),
        **kernel_chapters.chapters(),
        **golden.files(),
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
