"""Rates from other people's models, each an optional extra that is imported when it is asked for."""
