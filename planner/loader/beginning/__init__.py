"""A first instance out of what a team knows of its service; what it does not know is assumed, and marked so."""
