"""The administrator's door to staff accounts. Patients' records are not kept here."""

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest

from people.models import AuditEntry, StaffRole, User

# Roles are rows of ours, and a second factor's secret is nobody's to read.
admin.site.unregister(Group)
admin.site.unregister(Authenticator)


class StaffCreationForm(AdminUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("email", "name")

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002  # Django's signature
        self.instance.is_staff = True
        return super().save(commit)


class RoleInline(admin.TabularInline[StaffRole, User]):
    model = StaffRole
    extra = 1


@admin.register(User)
class StaffAdmin(UserAdmin[User]):
    """Members of staff: who they are, their roles, and whether they may still sign in."""

    add_form = StaffCreationForm
    ordering = ("name",)
    list_display = ("name", "email", "is_active")
    list_filter = ("is_active", "roles__role")
    search_fields = ("name", "email")
    inlines = (RoleInline,)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("email", "name", "password", "is_active")}),)
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).filter(is_staff=True)


@admin.register(AuditEntry)
class AuditAdmin(admin.ModelAdmin[AuditEntry]):
    """The trail, to read."""

    list_display = ("at", "actor_id", "person_id", "action", "subject", "request_id")
    list_filter = ("action",)
    date_hierarchy = "at"
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEntry | None = None) -> bool:
        return False
