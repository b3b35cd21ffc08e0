from django.apps import AppConfig
from django.conf import settings

from config import languages


class ConfigConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        if settings.PSEUDO_LOCALE:
            languages.speak_pseudo()
