"""A client of Hermod's REST API, as small as tests and the demo need: one kept connection, JSON in and out.
"""

import base64
import http.client
import json
import urllib.parse

TIMEOUT_S = 60
PAGE_MAX = 200


class ApiError(Exception):
    """An answer above 299. `type` and `message` are those of the error body."""

    def __init__(self, status, body):
        error = body.get("error", {}) if isinstance(body, dict) else {}
        if not isinstance(error, dict):  # the flat shape of the connect/token calls
            error = {"type": error, "message": body.get("error_description", "")}
        self.status, self.type, self.message = status, error.get("type", ""), error.get("message", "")
        super().__init__(f"{status} {self.type}: {self.message}")


class Api:
    """Not thread-safe. A lost connection is opened again by the next call; a call is never repeated by
    itself.
    """

    def __init__(self, port, key, host="127.0.0.1"):
        self._key = key
        self._connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)

    def close(self):
        self._connection.close()

    def get(self, path, **query):
        return self.call("GET", path, query=query)

    def post(self, path, body, **query):
        return self.call("POST", path, body=body, query=query)

    def call(self, method, path, *, body=None, query=None):
        """Returns the JSON of the answer; ApiError for an error, OSError or HTTPException without an answer."""
        status, text = self.raw(method, path, body=body, query=query)
        try:
            answer = json.loads(text)
        except ValueError as error:
            raise ApiError(
                status, {"error": {"type": "not_json", "message": text[:200].decode("latin-1")}}
            ) from error
        if status > 299:
            raise ApiError(status, answer)
        return answer

    def raw(self, method, path, *, body=None, query=None):
        """Returns the status and the bytes of the answer."""
        headers = {"Authorization": f"Bearer {self._key}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body).encode()
        target = path + ("?" + urllib.parse.urlencode(query, doseq=True) if query else "")
        if method != "GET":
            self._connection.close()  # not on one that the server may be closing, since it is not repeated
        try:
            return self._exchange(method, target, body, headers)
        except (OSError, http.client.HTTPException):
            if method != "GET":
                raise
        return self._exchange(method, target, body, headers)

    def _exchange(self, method, target, body, headers):
        try:
            self._connection.request(method, target, body=body, headers=headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise

    def items(self, path, **query):
        """Every item of a paged list."""
        query.setdefault("limit", PAGE_MAX)
        while True:
            page = self.get(path, **query)
            yield from page["data"]
            if not page.get("next_cursor"):
                return
            query["page_token"] = page["next_cursor"]

    def raw_mime(self, grant_id, message_id):
        """The bytes of a message as the mail server holds them."""
        path = f"/v3/grants/{grant_id}/messages/{quote(message_id)}"
        text = self.get(path, fields="raw_mime")["data"]["raw_mime"]
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def quote(segment):
    """One path segment, percent-encoded."""
    return urllib.parse.quote(segment, safe="")


def imap_settings(server, address, **overrides):
    """The settings of POST /v3/connect/custom for a user of a private mail server: by TLS where it has TLS."""
    with open(server.ca_file, encoding="ascii") as certificate:
        pinned = certificate.read()
    secured = {"imap_port": server.imaps_port, "imap_tls": "implicit", "tls_ca": pinned}
    clear = {"imap_port": server.imap_port, "imap_tls": "none"}
    return {
        "imap_host": "127.0.0.1",
        "imap_username": address,
        "imap_password": server.passwords[address],
        **(secured if server.imaps_port else clear),
        **overrides,
    }
