"""The WSGI door that granian opens."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

from config import interpreter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()
import_module("config.urls")  # every view and what it needs, before the first request
interpreter.settle()
