"""Kinds of channel, one a file: its fields, its arithmetic, and what it says of itself. Found by being here."""
