"""Accounts: who can sign in, and what staff may do."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str | None = None, **fields: Any) -> "User":
        """A new account; without a password nobody can sign in to it with one."""
        password = fields.pop("password", None)
        user = self.model(email=self.normalize_email(email) or None, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        return self.create_user(
            email=email, password=password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A sign-in. Patients prove a phone or an e-mail; staff have a password and a second factor.

    ``phone`` and ``email`` are set only once proven, so each names at most one account.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.EmailField(null=True, blank=True, unique=True)
    phone = PhoneNumberField(null=True, blank=True, unique=True)
    is_staff = models.BooleanField(default=False, help_text=_("Works for the clinic group."))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # Whoever proves a phone signs in to its account: that must never be one of staff,
            # who need a password and a second factor.
            models.CheckConstraint(
                condition=models.Q(is_staff=False) | models.Q(phone__isnull=True),
                name="staff_sign_in_by_email",
            )
        ]

    def __str__(self) -> str:
        return self.name if self.is_staff else f"user {self.pk}"

    def get_full_name(self) -> str:
        return self.name

    @cached_property
    def held_roles(self) -> frozenset[str]:
        """The roles of a member of staff, read once a request; none for patients.

        A superuser, who makes the first accounts, is an administrator.
        """
        if not self.is_staff:
            return frozenset()
        if self.is_superuser:
            return frozenset({StaffRole.Role.ADMINISTRATOR})
        return frozenset(self.roles.values_list("role", flat=True))


class StaffRole(models.Model):
    """What a member of staff may do. Where they may do it is ``scheduling.SiteAssignment``."""

    class Role(models.TextChoices):
        FRONT_DESK = "front_desk", _("Front desk")
        AGENT = "agent", _("Contact-center agent")
        CLINICIAN = "clinician", _("Clinician")
        MANAGER = "manager", _("Manager")
        ADMINISTRATOR = "administrator", _("Administrator")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="staff_role_once"),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["front_desk", "agent", "clinician", "manager", "administrator"]
                ),
                name="staff_role_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"
