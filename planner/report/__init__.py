"""Views of a plan for people."""
