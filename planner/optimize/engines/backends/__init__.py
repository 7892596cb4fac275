"""Solver libraries, one file each. A file here is an engine: its name is the engine's name.

What each file offers is said in `planner.optimize.engines.registry.Backend`: also which of its claims are trusted, and
whether it races or proves for others. Its library is loaded in engine processes only.
"""
