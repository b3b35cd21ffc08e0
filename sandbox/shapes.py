"""The JSON that Twilio's REST API answers with."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from starlette.responses import JSONResponse

from sandbox.calls import Call
from sandbox.messages import API_VERSION, Message

MESSAGES: Mapping[int, str] = {
    20001: "A parameter is not valid",
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too many requests",
    20500: "An internal server error has occurred",
    21201: "No 'To' number is specified",
    21205: "Url parameter is required, or Twiml",
    21211: "The 'To' number is not a valid phone number",
    21212: "The 'From' number is not a valid phone number or sender",
    21213: "No 'From' number is specified",
    21220: "The call is not in a state in which it can be changed this way",
    21602: "Message body is required",
    21603: "A 'From' phone number or a MessagingServiceSid is required",
    21604: "A 'To' phone number is required",
    21610: "Attempt to send to unsubscribed recipient",
    21617: "The concatenated message body exceeds the 1600 character limit",
}


def error(status: int, code: int) -> JSONResponse:
    """Twilio's error body with HTTP `status` and Twilio's own `code`."""
    headers = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if status == 401 else None
    content = {
        "code": code,
        "message": MESSAGES.get(code, f"The request was refused with error {code}"),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(content, status, headers=headers)


def rfc2822(moment: float | None) -> str | None:
    """Epoch seconds as Twilio writes dates, to the second, in UTC."""
    if moment is None:
        return None
    return format_datetime(datetime.fromtimestamp(int(moment), UTC))


def message_json(message: Message, *, account_sid: str) -> dict[str, Any]:
    """The Message resource."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Messages/{message.sid}"
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        "body": message.body,
        "date_created": rfc2822(message.created_at),
        "date_sent": rfc2822(message.sent_at),
        "date_updated": rfc2822(message.updated_at),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None if message.error_code is None else "Delivery failed",
        "from": message.sender,
        "messaging_service_sid": message.service_sid,
        "num_media": "0",
        "num_segments": str(message.num_segments),
        "price": None,
        "price_unit": "USD",
        "sid": message.sid,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipient,
        "uri": f"{uri}.json",
    }


def call_json(call: Call, *, account_sid: str) -> dict[str, Any]:
    """The Call resource."""
    uri = f"/{API_VERSION}/Accounts/{account_sid}/Calls/{call.sid}"
    return {
        "account_sid": account_sid,
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "caller_name": None,
        "date_created": rfc2822(call.created_at),
        "date_updated": rfc2822(call.updated_at),
        "direction": "outbound-api",
        "duration": None if call.duration is None else str(call.duration),
        "end_time": rfc2822(call.ended_at),
        "forwarded_from": None,
        "from": call.sender,
        "from_formatted": call.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": call.sid,
        "start_time": rfc2822(call.started_at),
        "status": call.status,
        "subresource_uris": {},
        "to": call.recipient,
        "to_formatted": call.recipient,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def page_json(
    kind: str, items: list[dict[str, Any]], *, path: str, size: int, page: int, next_uri: str | None
) -> dict[str, Any]:
    """One page of a list, newest first, with the address of the next one when there is one."""
    return {
        kind: items,
        "end": page * size + max(len(items) - 1, 0),
        "first_page_uri": f"{path}?PageSize={size}&Page=0",
        "next_page_uri": next_uri,
        "page": page,
        "page_size": size,
        "previous_page_uri": None,
        "start": page * size,
        "uri": f"{path}?PageSize={size}&Page={page}",
    }
