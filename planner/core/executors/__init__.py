"""Executors: where independent solves run, those of a sweep and any others, behind one small protocol."""
