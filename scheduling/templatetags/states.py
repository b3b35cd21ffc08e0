"""How a visit stands, for templates."""

from django import template

from scheduling.appointments.words import state_of

register = template.Library()
register.filter("state_of", state_of)
