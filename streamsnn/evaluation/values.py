"""What a piece of text in a file means."""

from __future__ import annotations

_WORDS = {"true": True, "false": False, "": None, "?": None, "na": None, "n/a": None, "null": None, "none": None}


def parsed(text: str) -> bool | int | float | str | None:
    """A number or a boolean if the text is one, None if it stands for a missing value, else the text itself.

    Examples
    --------
    >>> [parsed(text) for text in ("3", "2.5", "True", "", "?", "red", "1_000")]
    [3, 2.5, True, None, None, 'red', '1_000']
    """
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if "_" in text:  # Python reads 1_000 as a number; in data it is a name
        return text
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
