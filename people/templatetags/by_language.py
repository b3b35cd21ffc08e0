"""What clinics say in several languages, said in the language of the page."""

from django import template
from django.utils.translation import get_language

from people.rules.names import in_language

register = template.Library()


@register.filter
def by_language(texts: dict[str, str]) -> str:
    """``{{ visit_type.names|by_language }}``; empty when there are no texts."""
    return in_language(texts, get_language() or "en")
