"""Each component is a tag of its name: ``{% icon name="clock" %}`` shows ``components/icon.html``.

A component knows what it is given and the CSRF token, and nothing else of the page. Every template
has these tags without loading them (see ``TEMPLATES`` in the settings).
"""

from django import template
from django.conf import settings

register = template.Library()


def _given(**given: object) -> dict[str, object]:
    return given


for _file in (settings.BASE_DIR / "templates" / "components").glob("*.html"):
    register.inclusion_tag(f"components/{_file.name}", name=_file.stem)(_given)
