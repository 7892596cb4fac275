"""What the kernel refuses: one error type, raised at the door."""

from __future__ import annotations


class KernelError(ValueError):
    """A question the kernel cannot read: an unknown name, a value that is no number, shapes that differ."""
