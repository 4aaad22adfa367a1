"""The log of a service: lines on standard error, as text or as JSON. It never holds a record's content or a secret."""

from __future__ import annotations

import json
import logging
import time


class JsonLines(logging.Formatter):
    """One JSON object a line.

    Examples
    --------
    >>> record = logging.LogRecord("a", logging.INFO, "f", 1, "ready at %d", (7,), None)
    >>> json.loads(JsonLines().format(record))["message"]
    'ready at 7'
    """

    def format(self, record: logging.LogRecord) -> str:
        content = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content)


def set_up(form: str) -> None:
    """Our own lines from INFO on, those of the Kafka client from WARNING on."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonLines() if form == "json" else logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    for name, level in (("streamsnn_kafka", logging.INFO), ("streamsnn", logging.WARNING), ("kafka", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(level)
