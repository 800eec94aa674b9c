"""A session with an Ed-Fi interface that waits when it is asked to, and gives up in the end.

The client library signs in and pages; it neither heeds `Retry-After` nor limits how long a request may take. Only that is added here.
Imported only where the extra `edfi` is installed.
"""

import logging
import time
from functools import partial
from typing import Any

import requests
from edfi_api_client import EdFiClient
from edfi_api_client.session import EdFiSession
from requests.adapters import HTTPAdapter
from urllib3 import Retry
from urllib3.response import BaseHTTPResponse

TRIES = 6
LONGEST_WAIT = 60.0
"""Seconds, whatever the server asks for."""
TIMEOUT = (10, 120)
"""Seconds to connect, and between two pieces of an answer."""
BUSY = (429, 500, 502, 503, 504)
_EARLY = 120
"""Seconds before its end at which a token is exchanged."""

logging.getLogger("urllib3.connectionpool").setLevel(
    logging.ERROR
)  # its warnings repeat what was asked for, a student's id perhaps


class _Waiting(Retry):
    """Waits as long as the server says, within limits, or else twice as long each time."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_WAIT)


class PatientSession(EdFiSession):
    """A session as the client library makes it, whose every request is tried again while the server is busy."""

    def connect(self, **_: Any) -> "PatientSession":
        """Begin, and sign in."""
        retry = _Waiting(
            total=TRIES - 1,
            connect=2,
            backoff_factor=1,
            backoff_max=LONGEST_WAIT,
            status_forcelist=BUSY,
            allowed_methods=None,
            raise_on_status=False,
        )
        self.session = requests.Session()
        for scheme in ("https://", "http://"):
            self.session.mount(scheme, HTTPAdapter(max_retries=retry))
        self.authenticate()
        return self

    def get_response(self, url: str, params: Any = None, **_: Any) -> requests.Response:
        """One answer; signs in once more when the token was withdrawn. Numbers in it stay as they were written."""
        response = self._get(url, params)
        if response.status_code == 401:
            self.authenticated_at = None
            response = self._get(url, params)
        response.raise_for_status()
        response.json = partial(response.json, parse_float=str)  # type: ignore[method-assign]
        return response

    def _get(self, url: str, params: Any) -> requests.Response:
        headers = self.authenticate()
        return self.session.get(url, headers=headers, params=params, timeout=TIMEOUT)

    def _make_auth_request(self) -> dict[str, Any]:
        response = self.session.post(
            self.oauth_url,
            auth=(self.client_key, self.client_secret),
            data={"grant_type": "client_credentials"},
            timeout=TIMEOUT,
        )
        response.raise_for_status()
        token = response.json()
        if not isinstance(token, dict) or "access_token" not in token:
            raise requests.exceptions.InvalidJSONError("no token")
        now = int(time.time())
        self.authenticated_at = now  # type: ignore[assignment]
        self.refresh_at = now + int(token.get("expires_in") or 0) - _EARLY
        return token


def client_of(address: str, key: str, secret: str) -> EdFiClient:
    """A client of the interface at `address` (the part before `/data/v3`); nothing is asked yet."""
    client = EdFiClient(address.rstrip("/"), key, secret, api_mode="shared_instance")
    client.session = PatientSession(client.oauth_url, key, secret)
    return client
