"""CloudEvents in Kafka's binary mode: attributes are headers, the record's value is the data.

References
----------
CloudEvents specification 1.0, Kafka protocol binding, section 3.2.
"""

from __future__ import annotations

from .records import Headers
from .wire import WireError

NEEDED = ("ce_specversion", "ce_id", "ce_source", "ce_type")


def event_id(headers: Headers) -> str:
    """The id of an event that came as a CloudEvent.

    Raises
    ------
    WireError
        If an attribute that every CloudEvent has is missing, or is not text; the message names it.

    Examples
    --------
    >>> event_id([("ce_specversion", b"1.0"), ("ce_id", b"a"), ("ce_source", b"/s"), ("ce_type", b"t")])
    'a'
    """
    found = dict(headers)
    for name in NEEDED:
        if not found.get(name):
            raise WireError(f"header {name}: is missing; every CloudEvent has one")
    if found["ce_specversion"] != b"1.0":
        raise WireError("header ce_specversion: must be 1.0")
    try:
        return found["ce_id"].decode()
    except UnicodeDecodeError:
        raise WireError("header ce_id: not UTF-8") from None


def attributes(kind: str, name: str, source: str) -> Headers:
    """The headers of a CloudEvent that we send.

    Examples
    --------
    >>> attributes("prediction", "a", "events/0")[2]
    ('ce_type', b'streamsnn.prediction')
    """
    named = {
        "ce_specversion": "1.0",
        "ce_id": name,
        "ce_type": f"streamsnn.{kind}",
        "ce_source": source,
        "content-type": "application/json",
    }
    return [(key, value.encode()) for key, value in named.items()]
