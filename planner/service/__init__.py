"""The service: validate, rate, solve, compare and report over HTTP, with a what-if page on top."""

from planner.service.run import serve
from planner.service.settings import Settings

__all__ = ["Settings", "serve"]
