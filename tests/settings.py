"""The settings, made of what tests need, wherever they are started and whatever is exported there.

pytest reads these (``--ds`` in pyproject.toml) before any conftest. Processes that tests start
read ``config.settings``, of the same environment.
"""

import os
import sys

if missing := [name for name in ("DATABASE_URL", "REDIS_URL") if name not in os.environ]:
    sys.exit(
        f"{' and '.join(missing)} not set: run the tests with 'make test', or start them "
        "with 'python -m local.embedded run --volatile --root .local/test -- pytest'."
    )

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "ENVIRONMENT": "test",
    "SECRET_KEY": "only-for-tests",
    "PUBLIC_URL": "http://localhost:8000",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "test-token",
    "TWILIO_FROM_NUMBER": "+12125550100",
    # A port where nothing listens: a test that sends must start a sandbox and say so.
    "TWILIO_API_BASE_URL": "http://127.0.0.1:9",
    "EMAIL_URL": "smtp://127.0.0.1:9",
    # Once a browser test has run, Playwright's event loop goes on in this thread; Django must
    # not take every later query for one from inside it.
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
}

from config.settings import *  # noqa: F403
