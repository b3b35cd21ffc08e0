"""axe-core, run in the browser that a test drives, on the page as it stands there."""

import json
from collections.abc import Iterable
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# Only these look at colors; whatever else is wrong is wrong in the light as well.
COLORS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
Scheme = Literal["light", "dark"]
RULES: dict[Scheme, dict[str, Any]] = {"light": EVERYTHING, "dark": COLORS}
# Colors that are still changing have a contrast of their own.
SETTLED = """async () => {
  for (const each of document.getAnimations()) {
    if (each.effect.getComputedTiming().endTime !== Infinity) each.finish();
  }
}"""
SCHEME = "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"


def violations(page: Page, *, schemes: Iterable[Scheme] = RULES) -> list[str]:
    """What axe finds in light colors and in dark: a line for each element that breaks a rule.

    The page is neither loaded again nor left in other colors than it had.
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)  # this way the content policy does not refuse it
    before = page.evaluate(SCHEME)
    found = []
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.evaluate(SETTLED)
        asked = json.dumps({"runOnly": RULES[scheme], "resultTypes": ["violations"]})
        broken = page.evaluate(f"axe.run({asked})")["violations"]
        found += [f"{scheme}: {line}" for rule in broken for line in _lines(rule)]
    page.emulate_media(color_scheme=before)
    return found


def _lines(rule: dict[str, Any]) -> list[str]:
    return [f"{rule['id']} at {_where(node)}: {_why(node)}" for node in rule["nodes"]]


def _where(node: dict[str, Any]) -> str:
    # A selector is a list of its own inside a shadow root.
    return " ".join(str(step) for step in node["target"])


def _why(node: dict[str, Any]) -> str:
    checks = [*node["all"], *node["none"], *node["any"]]
    return "; ".join(check["message"] for check in checks) or node["html"]
