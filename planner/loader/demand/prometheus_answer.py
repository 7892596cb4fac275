"""The answer of Prometheus to a query as a document: whether a file is one, and what it says beside its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.core.errors import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from planner.loader.demand.head import Head


def is_range_query(head: Head) -> bool:
    """Whether a JSON document is the answer to a query of Prometheus."""
    return head.kind == "document" and _matrix(head.document) is not None


def error_answer(head: Head) -> str | None:
    """What Prometheus answered where a query failed; None for other files."""
    document = head.document
    if head.kind != "document" or not isinstance(document, dict) or document.get("status") != "error":
        return None
    said = ": ".join(str(document[key]) for key in ("errorType", "error") if document.get(key))
    return f"is an answer that says the query failed{f': {shortened(said)}' if said else ''}: ask again"


def metrics_in(heads: Iterable[Head]) -> list[str]:
    """The names by which series of answers are known: those of metrics, or of the file where they have none."""
    return [
        metric_named(head, entry["metric"])
        for head in heads
        for entry in entries_of(head)
        if isinstance(entry, dict) and isinstance(entry.get("metric"), dict)
    ]


def warnings_of(heads: Sequence[Head]) -> list[str]:
    """What Prometheus said beside its answers, such as that a part of it is lacking."""
    return [
        f"{head.path.name}: Prometheus said: {shortened(str(words))}"
        for head in heads
        for key in ("warnings", "infos")
        for words in (head.document.get(key) or () if isinstance(head.document, dict) else ())
    ]


def metric_named(head: Head, labels: Mapping[str, Any]) -> str:
    """The name by which a series is known: that of its metric, or of the file where it has none."""
    return str(labels.get("__name__") or head.path.name)


def entries_of(head: Head) -> list[Any]:
    """The series of an answer, as they are written; none of other files."""
    return _matrix(head.document) or []


def _matrix(document: Any) -> list[Any] | None:
    inside = document.get("data", document) if isinstance(document, dict) else None
    result = inside.get("result") if isinstance(inside, dict) else None
    return (
        result if isinstance(result, list) and isinstance(inside, dict) and "resultType" in inside else None
    )
