"""Signing in with a one-time code, by text or by e-mail."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

import clock
from people.browsers import browser_secret
from people.exceptions import CodeRefused, TooManyCodes
from portal.account.forms import CodeForm, SignInForm
from portal.account.services import account_for_code, send_code_if_known
from portal.account.sessions import sign_in_browser

ADDRESS = "sign_in_address"
NEXT = "sign_in_next"


def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for a phone or an e-mail. Whether we know it is not said."""
    form = SignInForm(request.POST or None)
    context = {"form": form, "next": request.GET.get("next", "")}
    if request.method == "POST" and form.is_valid():
        try:
            send_code_if_known(
                address=form.cleaned_data["address"],
                browser=browser_secret(request),
                language=get_language() or "en",
                now=clock.now(),
            )
        except TooManyCodes:
            form.add_error("address", _("We sent many codes already. Please wait an hour."))
            return render(request, "portal/account/sign_in.html", context, status=429)
        request.session[ADDRESS] = form.cleaned_data["address"]
        request.session[NEXT] = context["next"]
        return redirect("portal:sign_in_code")
    return render(request, "portal/account/sign_in.html", context)


def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code."""
    address = request.session.get(ADDRESS)
    if not address:
        return redirect("portal:sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = account_for_code(
                address=address,
                digits=form.cleaned_data["code"],
                browser=browser_secret(request),
                now=clock.now(),
            )
        except CodeRefused:
            user = None
        if user is None:
            form.add_error(
                "code", _("That code does not fit. Check the newest message, or start again.")
            )
        else:
            onward = safe_next(request, request.session.pop(NEXT, ""))
            request.session.pop(ADDRESS)
            sign_in_browser(request, user, now=clock.now())
            return redirect(onward)
    context = {"form": form, "by_email": "@" in address, "ending": _ending(address)}
    context["next"] = request.session.get(NEXT, "")
    return render(request, "portal/account/sign_in_code.html", context)


def _ending(address: str) -> str:
    """Enough of the address to recognize it over a shoulder, not to learn it."""
    if "@" in address:
        name, _at, domain = address.partition("@")
        return f"{name[:1]}…@{domain}"
    return address[-4:]


def safe_next(request: HttpRequest, url: str, otherwise: str = "portal:appointments") -> str:
    """Where to go on to, if that is ours; otherwise the visits, or where ``otherwise`` says."""
    if url and url_has_allowed_host_and_scheme(
        url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return url
    return otherwise


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; signing out twice is fine."""
    logout(request)
    return redirect("home")
