"""Fonts of other scripts for the names in a picture: that of matplotlib has Latin, Greek and Cyrillic, little else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAMILIES = (
    *(
        "Noto Sans CJK SC",
        "Source Han Sans SC",
        "Microsoft YaHei",
        "PingFang SC",
        "WenQuanYi Zen Hei",
        "SimHei",
    ),
    *("Noto Sans Arabic", "Noto Sans Devanagari", "Segoe UI", "Arial Unicode MS"),
    *("Noto Emoji", "Segoe UI Emoji", "Segoe UI Symbol"),
)
"""Families that systems have, tried in this order for a sign that the fonts before do not have."""


def with_scripts(axes: Axes) -> Axes:
    """Let every text of a picture that is not plain ASCII fall back on the fonts of other scripts installed here.

    A sign that no installed font has is drawn as a box, and matplotlib warns of it by name.
    """
    manager: Any = import_module("matplotlib.font_manager")
    text: Any = import_module("matplotlib.text")
    written = [one for one in axes.findobj(text.Text) if not one.get_text().isascii()]
    if written:
        installed = set(manager.get_font_names())
        further = [family for family in FAMILIES if family in installed]
        for one in written:
            one.set_fontfamily([*one.get_fontfamily(), *further])
    return axes
