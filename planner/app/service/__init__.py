"""The service: validate, rate, solve, compare and report over HTTP, with a what-if page on top."""

from planner.app.service.run import serve
from planner.app.service.settings import Settings

__all__ = ["Settings", "serve"]
