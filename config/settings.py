"""Settings, all from the environment. ``ENVIRONMENT`` is production, demo or test."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import reset_tzpath

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config import languages
from config.logs import logging_config

# Django's generic classes take their parameter when run too, not only for mypy.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

ENVIRONMENT = env.str("ENVIRONMENT", default="production")
# A misspelt name must not open what production shuts.
PRODUCTION = ENVIRONMENT not in {"demo", "test"}
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# --- Time. The pinned tzdata package, not the machine's: a stale one is an hour off for real
# dates. A moved clock is for the demo and for tests.
reset_tzpath(to=())
USE_TZ = True
TIME_ZONE = "UTC"
CLOCK_FILE = env.str("CLOCK_FILE", default="")
SANDBOX_URL = env.str("SANDBOX_URL", default="")
# Answer 503 with a friendly page, but for health and the staff's administration.
MAINTENANCE = env.bool("MAINTENANCE", default=False)
MAINTENANCE_MINUTES = env.int("MAINTENANCE_MINUTES", default=10)

# --- Apps
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "phonenumber_field",
    "rest_framework",
    "people",
    "messaging",
    "scheduling",
    "reminders",
    "checkin",
    "followups",
    "feedback",
    "portal",
    "contactcenter",
    "config",
    "local",
]
MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "config.privacy.PermissionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.errors.MaintenanceMiddleware",
    "config.privacy.NoStoreMiddleware",
    "config.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.errors.ErrorPagesMiddleware",
    "config.middleware.AccessMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["config.templatetags.components"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.clinic",
                "config.context_processors.demo",
                "config.context_processors.desk",
                "config.context_processors.pages",
            ],
        },
    },
]

# --- Data
DATABASES = {"default": env.db_url("DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# A cursor kept in the server would be on another connection behind PgBouncer (docs/runbook.md).
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "visitwell",
    }
}

# --- Who may come in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "people.backends.OneTimeCodeBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "config.accounts.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Visitwell"
LOGIN_URL = "account_login"
# Pages by what they are, for apps that stand below or beside the one that has them. As LOGIN_URL
# does for signing in, these name a route of which the app that leads there knows nothing else.
PAGES = {
    "find_patient": "contactcenter:find",
    "patient": "contactcenter:person",
    "worklist": "contactcenter:worklist",
    "my_day": "checkin:my_day",
    "write_summary": "followups:write_summary",
}
LOGIN_REDIRECT_URL = "/desk/"
LOGOUT_REDIRECT_URL = "/"
SESSION_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
)
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- Words
LANGUAGE_CODE = "en"
PSEUDO_LOCALE = env.bool("PSEUDO_LOCALE", default=False)
LANGUAGES = [*languages.SPOKEN, *([(languages.PSEUDO, "Pseudo")] if PSEUDO_LOCALE else [])]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SESSION_COOKIE_SECURE
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = "config.formats"
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", default="US")
PHONENUMBER_DB_FORMAT = "E164"

# --- Files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT == "test"
        else "config.static.StaticFiles"
    },
}
WHITENOISE_USE_FINDERS = ENVIRONMENT == "test"
# A test makes many clients; each would look through all the files first.
WHITENOISE_AUTOREFRESH = ENVIRONMENT == "test"

# --- API
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["config.json.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "DEFAULT_THROTTLE_CLASSES": ["infrastructure.limits.RequestRate"],
    "DEFAULT_THROTTLE_RATES": {
        "anon": env.str("API_RATE_ANYONE", default="300/min"),
        "user": env.str("API_RATE_SIGNED_IN", default="600/min"),
        "hold": env.str("HOLD_RATE", default="30/min"),
        # One private calendar address: phones and computers of one person ask it every few minutes.
        "feed": env.str("FEED_RATE", default="60/hour"),
    },
    "NUM_PROXIES": env.int("PROXIES", default=0),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Visitwell API",
    "DESCRIPTION": "Everything a patient can do, in plain JSON. Errors are RFC 9457 problem "
    "details with stable codes.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    # The same choices under several field names are one kind of answer.
    "ENUM_NAME_OVERRIDES": {"ModeEnum": "scheduling.models.Mode"},
}

# --- Work behind the scenes
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = "planning"
CELERY_TASK_ROUTES = {"messaging.tasks.*": {"queue": "delivery"}}
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
CELERY_BEAT_SCHEDULER = "config.celery.HeartbeatScheduler"
TICK_SECONDS = env.float("TICK_SECONDS", default=5.0)
PLAN_SECONDS = env.float("PLAN_SECONDS", default=15.0)
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": every, "options": {"expires": every * 4}}
    for name, task, every in [
        ("deliver what is due", "messaging.tasks.deliver_due", TICK_SECONDS),
        ("reconcile what is uncertain", "messaging.tasks.reconcile_unknown", TICK_SECONDS * 2),
        ("free expired holds", "scheduling.tasks.release_expired_holds", 60.0),
        ("forget old requests", "scheduling.tasks.forget_old_requests", 60.0),
        ("offer what became free", "scheduling.tasks.offer_freed_times", PLAN_SECONDS),
        ("plan price estimates", "scheduling.tasks.plan_estimates", PLAN_SECONDS),
        ("plan reminders", "reminders.tasks.plan_reminders", PLAN_SECONDS),
        ("plan follow-ups", "followups.tasks.plan_followups", PLAN_SECONDS),
        ("plan surveys", "feedback.tasks.plan_surveys", PLAN_SECONDS),
    ]
}

# --- Messages
MESSAGE_KINDS = [
    "messaging.kinds",
    "scheduling.message_kinds",
    "reminders.message_kinds",
    "followups.message_kinds",
    "feedback.message_kinds",
    "portal.message_kinds",
    "contactcenter.message_kinds",
]
INBOUND_INTERPRETERS = [
    "messaging.interpreters.opt_out",
    "reminders.interpreters.answer_reminder",
    "contactcenter.inbox.hand_to_a_person",
]
TWILIO_API_BASE_URL = env.str("TWILIO_API_BASE_URL", default="https://api.twilio.com").rstrip("/")
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM_NUMBER = env.str("TWILIO_FROM_NUMBER", default="")
TWILIO_TIMEOUT_SECONDS = env.float("TWILIO_TIMEOUT_SECONDS", default=10.0)
MESSAGE_LEASE_SECONDS = env.float("MESSAGE_LEASE_SECONDS", default=60.0)
RECONCILE_AFTER_SECONDS = env.float("RECONCILE_AFTER_SECONDS", default=60.0)
vars().update(env.email_url("EMAIL_URL", default="smtp://localhost:25"))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Visitwell <visits@localhost>")

# --- Video visits. Where a visit's room is at the provider: https://video.example/{room}. Without
# it the clinic calls by phone. The room is made from SECRET_KEY and is another for each visit.
VIDEO_VISIT_URL = env.str("VIDEO_VISIT_URL", default="")

LOGGING = logging_config(human=not env.bool("JSON_LOGS", default=PRODUCTION))
LOGGING_CONFIG = "config.logs.configure"


def _refuse_development_tools() -> None:
    """Production never talks to the sandbox and never lives on another day."""
    provider = urlsplit(TWILIO_API_BASE_URL)
    loopback = provider.hostname in {"localhost", "sandbox", "::1"} or (
        provider.hostname or ""
    ).startswith("127.")
    if provider.scheme != "https" or loopback:
        raise ImproperlyConfigured(
            "TWILIO_API_BASE_URL points at a development sandbox. "
            "In production it must be an https address of a real provider."
        )
    if CLOCK_FILE:
        raise ImproperlyConfigured("CLOCK_FILE moves the clock; it must be empty in production.")
    if SANDBOX_URL:
        raise ImproperlyConfigured("SANDBOX_URL names a development tool; leave it empty.")
    if PSEUDO_LOCALE:
        raise ImproperlyConfigured("PSEUDO_LOCALE is for looking at layouts; leave it off.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG shows private data; it must be off in production.")


def _refuse_shared_rooms(pattern: str) -> None:
    """Two patients must never meet in one room, nor talk where others can listen."""
    address = urlsplit(pattern)
    where = f"{address.path}?{address.query}#{address.fragment}"
    safe = address.scheme == "https" or (address.scheme == "http" and not PRODUCTION)
    if not (safe and address.hostname) or where.count("{room}") != 1 or pattern.count("{") != 1:
        raise ImproperlyConfigured(
            "VIDEO_VISIT_URL must be an https address with {room} once, after the host: "
            "https://video.example/{room}."
        )


if VIDEO_VISIT_URL:
    _refuse_shared_rooms(VIDEO_VISIT_URL)
if PRODUCTION:
    _refuse_development_tools()
