"""A headless browser for tests of pages; tests that need one skip where none is installed."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


@contextmanager
def browser(width: int = 1280, height: int = 900, *flags: str) -> Iterator[Any]:
    """A selenium driver of Debian's Chromium in a fresh profile, its console and network logged."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.skip("no browser: install Debian's packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--window-size={width},{height}", *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        session.set_page_load_timeout(30)
        yield session
    finally:
        session.quit()


def console_errors(session: Any) -> list[str]:
    """What the page complained of, policy violations included."""
    return [
        entry["message"] for entry in session.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
    ]


def serious_faults(session: Any, dark: bool = False) -> list[str]:
    """What axe-core calls serious or critical of the page as it stands: rule and place of each.

    In the dark it looks at colours alone: nothing else is another matter there.
    """
    axe = pytest.importorskip("axe_core_python.selenium", reason="axe-core-python is not installed").Axe()
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    session.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    return [
        f"{one['id']}: {node['target']} {node['failureSummary']}"
        for one in axe.run(session, options={"runOnly": ["color-contrast"]} if dark else None)["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
