"""Executors: where the cases of a sweep are solved, behind one small protocol."""
