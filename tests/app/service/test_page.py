"""The what-if page in a real browser: open, change, solve, see, compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.browser import browser, console_errors, serious_faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.app.service.server import Server

SCALE = 'input[data-path="workloads.chat.demand.scale"]'


def test_change_solve_see_compare(server: Server) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait

    with browser() as session:

        def until(condition: Callable[[Any], object]) -> None:
            WebDriverWait(session, 60).until(condition)

        def solve(label: str, scale: str) -> str:
            box = session.find_element(By.CSS_SELECTOR, SCALE)
            box.clear()
            box.send_keys(scale)
            name = session.find_element(By.ID, "label")
            name.clear()
            name.send_keys(label)
            session.find_element(By.ID, "solve").click()
            result = session.find_element(By.ID, "result")
            until(lambda _: result.get_attribute("data-job") == label)
            return result.text

        session.get(f"{server.address}/")
        until(lambda page: page.execute_script("return document.documentElement.dataset.ready"))
        Select(session.find_element(By.ID, "source")).select_by_value("tiny")
        until(lambda page: page.find_element(By.ID, "about").text.startswith("tiny"))
        assert "108.00 USD" in solve("as it is", "1")
        pictures = session.find_elements(By.CSS_SELECTOR, "#result .wide svg[role=img]")
        assert [picture.is_displayed() for picture in pictures] == [True] * 3
        told = solve("<img src=x onerror=alert(1)>", "2")
        assert "108.00 USD" not in told
        assert session.find_elements(By.TAG_NAME, "img") == []
        # twice the demand takes 11 nodes, then 6: 6 reserved at 20 USD and 5 hired at 16, 200 USD for twice the tokens
        assert "Against the base as it is: +92 USD (+85.2 %)." in told
        assert "\u22127.4 % to base" in told
        assert len(session.find_elements(By.CSS_SELECTOR, "#result .pair figure")) == 6
        assert "+92 (+85.2 %)" in session.find_element(By.ID, "runs").text
        assert serious_faults(session) == []
        assert serious_faults(session, dark=True) == []
        for box in session.find_elements(By.CSS_SELECTOR, "#runs input[type=checkbox]")[:2]:
            box.click()
        session.find_element(By.ID, "compare").click()
        until(lambda page: "demand.scale" in page.find_element(By.ID, "comparison").text)
        report = session.find_element(By.LINK_TEXT, "report").get_attribute("href")
        there = session.current_url
        session.get("about:blank")
        session.get(there)
        until(lambda page: page.execute_script("return document.documentElement.dataset.ready"))
        assert session.find_element(By.CSS_SELECTOR, SCALE).get_attribute("value") == "2"
        assert session.find_element(By.ID, "result").text == told
        assert console_errors(session) == []
        session.get(report)
        assert session.find_element(By.ID, "decision").text
        assert session.execute_script("return document.documentElement.dataset.ready") == "yes"
        assert console_errors(session) == []


def test_a_fault_is_reported_and_nothing_is_wider_than_a_phone(server: Server) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import Select, WebDriverWait

    with browser(500, 900) as session:
        metrics = {"width": 360, "height": 800, "deviceScaleFactor": 2, "mobile": True}
        session.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        session.get(f"{server.address}/")
        wait = WebDriverWait(session, 30)
        wait.until(lambda page: page.execute_script("return document.documentElement.dataset.ready"))
        assert session.execute_script("return document.documentElement.scrollWidth") <= 360
        Select(session.find_element(By.ID, "source")).select_by_value("own instance")
        text = session.find_element(By.ID, "text")
        wait.until(lambda _: text.is_displayed())
        text.clear()
        text.send_keys("version: 1")
        session.find_element(By.ID, "check").click()
        wait.until(lambda page: "is missing" in page.find_element(By.ID, "faults").text)
