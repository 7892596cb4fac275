"""Attach what draws and reads to the nouns that offer it: imported when a noun is first asked."""

from __future__ import annotations

from planner.core.attached import attach
from planner.instance import Instance
from planner.loader import from_dict
from planner.plan.plan import Plan
from planner.rates import Rates
from planner.view.pictures.draw import draw_instance, draw_plan, draw_rates
from planner.view.pictures.html import instance_html, plan_html, rates_html
from planner.view.reporting.console import plan_text

attach(Instance, "from_dict", from_dict)
attach(Instance, "override", lambda instance, values: from_dict(instance.to_dict(), values))
attach(Instance, "plot", draw_instance)
attach(Instance, "_repr_html_", instance_html)
attach(Plan, "__str__", plan_text)
attach(Plan, "plot", draw_plan)
attach(Plan, "_repr_html_", plan_html)
attach(Rates, "plot", draw_rates)
attach(Rates, "_repr_html_", rates_html)
