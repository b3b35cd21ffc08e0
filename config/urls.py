"""Every address. Who may reach which is in ``config.access``."""

from django.contrib import admin
from django.urls import include, path

from config import health
from config.styleguide import page
from contactcenter import provider_views
from portal import home
from scheduling.feeds import views as feeds

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("portal.urls")),
    path("s/", include("feedback.urls")),
    path("desk/", include("config.desk_urls")),
    path("api/v1/", include("config.api")),
    path("feeds/<str:feed_token>.ics", feeds.feed, name="feed"),
    path("hooks/twilio/", include("messaging.urls")),
    path("hooks/twilio/sms/", provider_views.inbound_sms, name="inbound_sms"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("admin/", admin.site.urls),
    path("styleguide/", page.styleguide, name="styleguide"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.broken"
