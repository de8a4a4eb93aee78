"""Telling people: the command and the web address of the settings, each in bounded time and tried a few times."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable

from tenacity import Retrying, stop_after_attempt, wait_exponential

from denorm_assets.errors import AlertNotSent
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings

_TIMEOUT_SECONDS = 10.0
_ATTEMPTS = 3


def send_alert(settings: Settings, alert: Alert) -> None:
    """Give the alert to whatever the settings name; both, where they name both.

    Takes at most a minute and some seconds. Raises AlertNotSent once one of them could not be told, the other one
    tried all the same; neither a token nor an address is in its message.
    """
    body = json.dumps(alert.payload()).encode()
    failures: list[str] = []
    if settings.alert_command:
        command = settings.alert_command
        failures += _trying(lambda: _run(command, body), "DENORM_ALERT_COMMAND")
    if settings.alert_webhook is not None:
        url = settings.alert_webhook
        failures += _trying(lambda: _post(url, body), "DENORM_ALERT_WEBHOOK")
    if failures:
        raise AlertNotSent(alert.what, failures)


class _Refused(Exception):
    """Why it could not be told, in words that hold no secret."""


def _trying(send: Callable[[], None], variable: str) -> list[str]:
    try:
        for attempt in Retrying(
            stop=stop_after_attempt(_ATTEMPTS), wait=wait_exponential(multiplier=0.2, max=1), reraise=True
        ):
            with attempt:
                send()
    except _Refused as error:
        return [f"{variable}: {error}"]
    return []


def _run(command: tuple[str, ...], body: bytes) -> None:
    try:
        # Without pipes: what it starts and leaves behind could hold them open for ever.
        ended = subprocess.run(
            command,
            input=body,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Its message would repeat the command, which may hold a token.
        raise _Refused(f"it did not end within {_TIMEOUT_SECONDS:g} s, and was killed") from None
    except OSError as error:
        raise _Refused(f"it cannot be run ({error.strerror})") from None
    if ended.returncode != 0:
        raise _Refused(f"it ended with exit status {ended.returncode}")


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise _Refused(f"it answered {error.code}") from None
    except (urllib.error.URLError, OSError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise _Refused(f"it cannot be reached ({type(reason).__name__})") from None
    except ValueError:
        raise _Refused("it is no address that can be posted to") from None
