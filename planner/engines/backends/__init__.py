"""Solver libraries, one file each. A file here is an engine: its name is the engine's name.

Each file has `DISTRIBUTION` (the installed package that carries it), `version() -> str` (loads the library), `refusal(program) -> str | None` (why this program is not
for it) and `run(program, options, channel) -> Outcome`. They are imported in engine processes only.
"""
