"""Who is new says who they are first, and goes on to what they wanted: several visits, a family.

Their details and a code, as when one visit is booked. A phone gets its code whether we know it or
not, so that nobody learns here whom we know.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.account.drafts import draft_of, keep_draft
from portal.account.forms import CodeForm, DetailsForm
from portal.account.selectors import usual_zone
from portal.account.verification import (
    already_proven,
    details_form,
    in_language_chosen,
    keep_typed,
    person_typed,
    proven,
    sent_code,
)
from portal.account.views.sign_in import safe_next

KEY = "newcomer"


def newcomer(request: HttpRequest) -> HttpResponse:
    """Who they are, and how to reach them."""
    form = details_form(request, KEY, zone=usual_zone())
    if request.method == "POST" and form.is_valid():
        keep_typed(request, KEY, form)
        # Who comes back to mend their number still wants what they wanted.
        wanted = request.GET.get("next") or draft_of(request, KEY).get("next", "")
        keep_draft(request, KEY, next=wanted)
        return in_language_chosen(request, form, lambda: _details_given(request, form))
    return render(request, "portal/account/newcomer.html", {"form": form})


def _details_given(request: HttpRequest, form: DetailsForm) -> HttpResponse:
    if already_proven(request, form.cleaned_data["phone"]):
        return _onward(request)
    if not sent_code(request, form):
        return render(request, "portal/account/newcomer.html", {"form": form}, status=429)
    return redirect("portal:newcomer_code")


def newcomer_code(request: HttpRequest) -> HttpResponse:
    """The code that proves the phone."""
    draft = draft_of(request, KEY)
    if not draft:
        return redirect("portal:newcomer")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and proven(request, KEY, form):
        return _onward(request)
    context = {"form": form, "phone_ending": draft["details"]["phone"][-4:]}
    return render(request, "portal/account/newcomer_code.html", context)


def _onward(request: HttpRequest) -> HttpResponse:
    """We know them: on to what they wanted."""
    person_typed(request, KEY, zone=usual_zone())
    return redirect(safe_next(request, draft_of(request, KEY)["next"]))
