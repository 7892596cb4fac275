"""Names of the catalog as people write them, of what a first instance is made for."""

from __future__ import annotations


def model_named(word: str) -> str:
    """The model that is meant. Raises InstanceError where none is, or several may be."""
    import kernels
    from planner.loader.catalog.naming import meant

    known = kernels.architecture_words().get(word.lower())
    return known or meant(word, kernels.architecture_names(), "model of the catalog", "--model")


def hardware_named(words: list[str]) -> list[str]:
    """The hardware that is meant, each once. Raises InstanceError where none is, or several may be."""
    import kernels
    from planner.loader.catalog.naming import meant

    known = kernels.accelerator_names()
    return list(dict.fromkeys(meant(word, known, "hardware of the catalog", "--hardware") for word in words))
