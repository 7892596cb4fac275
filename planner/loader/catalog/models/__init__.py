"""Model architectures from the configuration files that models are published with."""

from planner.loader.catalog.models.importing import architecture_text, import_model

__all__ = ["architecture_text", "import_model"]
