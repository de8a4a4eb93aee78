"""Telling people: the command and the web address of the settings, at once, in bounded time and tried a few times."""

from __future__ import annotations

import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from queue import Empty, SimpleQueue
from typing import IO

from tenacity import Retrying, retry_if_not_exception_type, stop_after_attempt, stop_before_delay, wait_exponential

from denorm_assets.child_environment import child_environment
from denorm_assets.errors import AlertNotSent
from denorm_assets.model.alert import Alert
from denorm_assets.settings import Settings

ALERT_SECONDS = 10.0
"""How long an alert may take: all tries of both means, which are told at once."""
_GRACE_SECONDS = 1.0
_ATTEMPTS = 3

_Send = Callable[[float], None]
"""Tells by one means within so many seconds. Raises _Refused."""


def send_alert(settings: Settings, alert: Alert) -> None:
    """Give the alert to whatever the settings name; both, where they name both.

    Takes at most ALERT_SECONDS and a second. Raises AlertNotSent once one of them could not be told, the other one
    tried all the same; neither a token nor an address is in its message.
    """
    body = json.dumps(alert.payload()).encode()
    means: dict[str, _Send] = {}
    if settings.alert_command:
        command, environment = settings.alert_command, child_environment(settings.alert_environment)
        means["DENORM_ALERT_COMMAND"] = lambda seconds: _run(command, environment, body, seconds)
    if settings.alert_webhook is not None:
        url = settings.alert_webhook
        means["DENORM_ALERT_WEBHOOK"] = lambda seconds: _post(url, body, seconds)
    until = time.monotonic() + ALERT_SECONDS
    begun = {variable: _begin(send, until) for variable, send in means.items()}
    ended = {variable: _end(outcome, until) for variable, outcome in begun.items()}
    failures = {variable: failure for variable, failure in ended.items() if failure is not None}
    if failures:
        nobody = all(failure is not None and not isinstance(failure, _Unanswered) for failure in ended.values())
        said = [f"{variable}: {failure}" for variable, failure in failures.items()]
        raise AlertNotSent(alert.what, said, nobody=nobody)


class _Refused(Exception):
    """Why it could not be told, in words that hold no secret."""


class _Unanswered(_Refused):
    """It was told and said nothing in time: it may have understood, and is not told again."""


def _begin(send: _Send, until: float) -> SimpleQueue[_Refused | None]:
    # A socket's timeout begins anew with each byte, so whoever drips them outlasts it; a thread can be left behind.
    outcome = SimpleQueue[_Refused | None]()
    threading.Thread(target=lambda: outcome.put(_trying(send, until)), name="alert", daemon=True).start()
    return outcome


def _end(outcome: SimpleQueue[_Refused | None], until: float) -> _Refused | None:
    try:
        # With some grace, for what ends by a timeout of its own says more.
        return outcome.get(timeout=max(0.0, until + _GRACE_SECONDS - time.monotonic()))
    except Empty:
        return _Unanswered(f"it did not answer within {ALERT_SECONDS:g} s")


def _trying(send: _Send, until: float) -> _Refused | None:
    try:
        for attempt in Retrying(
            stop=stop_after_attempt(_ATTEMPTS) | stop_before_delay(until - time.monotonic()),
            wait=wait_exponential(multiplier=0.2, max=1),
            retry=retry_if_not_exception_type(_Unanswered),
            reraise=True,
        ):
            with attempt:
                send(max(0.01, until - time.monotonic()))
    except _Refused as error:
        return error
    return None


def _run(command: tuple[str, ...], environment: Mapping[str, str], body: bytes, seconds: float) -> None:
    try:
        # Without pipes: what it starts and leaves behind could hold them open for ever.
        ended = subprocess.run(
            command,
            input=body,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Its message would repeat the command, which may hold a token.
        raise _Unanswered(f"it did not end within {ALERT_SECONDS:g} s, and was killed") from None
    except OSError as error:
        raise _Refused(f"it cannot be run ({error.strerror})") from None
    if ended.returncode != 0:
        raise _Refused(f"it ended with exit status {ended.returncode}")


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected POST would become a GET that tells nothing."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _post(url: str, body: bytes, seconds: float) -> None:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=seconds):
            return
    except urllib.error.HTTPError as error:
        error.close()
        redirects = 300 <= error.code < 400
        raise _Refused(f"it answered {error.code}{' (name the final address)' if redirects else ''}") from None
    except urllib.error.URLError as error:
        raise _Refused(f"it cannot be reached ({type(error.reason).__name__})") from None
    except TimeoutError:
        # While connecting it would have been a URLError: this one was sent.
        raise _Unanswered(f"it did not answer within {ALERT_SECONDS:g} s") from None
    except (OSError, HTTPException) as error:
        # Without its text, which may repeat the address or the answer.
        raise _Refused(f"it gave no answer in HTTP ({type(error).__name__})") from None
    except ValueError:
        raise _Refused("it is no address that can be posted to") from None
