"""What the sandbox is told when it starts: flags first, then the environment, then defaults."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_ACCOUNT_SID = "AC" + "0" * 32
DEFAULT_AUTH_TOKEN = "sandbox-auth-token"  # noqa: S105 (guards nothing real)


@dataclass(frozen=True)
class Settings:
    """Everything that differs between one sandbox and another."""

    host: str
    port: int
    smtp_port: int
    data: Path
    clock_file: Path | None
    staff_file: Path | None
    app_url: str
    inbound_sms_url: str
    account_sid: str
    auth_token: str


def _path(value: str | None) -> Path | None:
    return Path(value) if value else None


def read_settings(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the command line, falling back to `environ`; argparse exits 2 on a bad flag."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Twilio, a mail server, phones and mailboxes that reach nobody.",
    )
    parser.add_argument("--host", default=environ.get("SANDBOX_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=environ.get("SANDBOX_PORT", "8001"))
    parser.add_argument("--smtp-port", type=int, default=environ.get("SANDBOX_SMTP_PORT", "8025"))
    parser.add_argument("--data", default=environ.get("SANDBOX_DATA", ".local/sandbox"))
    parser.add_argument("--clock-file", default=environ.get("CLOCK_FILE"))
    parser.add_argument("--staff-file", default=environ.get("SANDBOX_STAFF_FILE"))
    parser.add_argument("--app-url", default=environ.get("PUBLIC_URL", "http://localhost:8000"))
    parser.add_argument("--inbound-sms-url", default=environ.get("SANDBOX_INBOUND_SMS_URL"))
    options = parser.parse_args(arguments)
    app_url = options.app_url.rstrip("/")
    return Settings(
        host=options.host,
        port=options.port,
        smtp_port=options.smtp_port,
        data=Path(options.data),
        clock_file=_path(options.clock_file),
        staff_file=_path(options.staff_file),
        app_url=app_url,
        inbound_sms_url=options.inbound_sms_url or f"{app_url}/hooks/twilio/sms/",
        account_sid=environ.get("TWILIO_ACCOUNT_SID") or DEFAULT_ACCOUNT_SID,
        auth_token=environ.get("TWILIO_AUTH_TOKEN") or DEFAULT_AUTH_TOKEN,
    )
