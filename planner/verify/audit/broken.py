"""What a rule of the audit finds: which rule is broken, where, and by how much in the unit of the rule."""

from __future__ import annotations

Broken = tuple[str, str, float]
