"""The append-only index from feature names and categories to input slots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

from .values import as_number

Feature = Hashable
Category = tuple[Hashable, Hashable]


class FeatureIndex:
    """Numbers the features of a stream in the order in which they first appear; within one event, in sorted order.

    A numeric feature takes one slot, under its name; each category of a feature takes one, under (name, category). A
    number never moves. Beyond the bounds, features and categories are ignored, and counted.

    Parameters
    ----------
    max_features
        Most slots in all (a numeric feature, or one category of a feature).
    max_categories
        Most categories of one feature.

    Examples
    --------
    >>> index = FeatureIndex(max_features=4, max_categories=2)
    >>> index.grow({"size": 3.0, "colour": "red"})
    [0]
    >>> index.look_up({"colour": "red", "size": 3.0, "shape": "round"})
    [(0, 1.0), (1, 3.0)]
    """

    def __init__(self, max_features: int, max_categories: int) -> None:
        self.max_features, self.max_categories = max_features, max_categories
        self.numeric: dict[Feature, int] = {}
        self.categorical: dict[Category, int] = {}
        self._categories: Counter[Feature] = Counter()
        self.ignored_features = 0
        self.ignored_categories = 0

    def __len__(self) -> int:
        return len(self.numeric) + len(self.categorical)

    def look_up(self, x: Mapping[Feature, Any]) -> list[tuple[int, float]]:
        """The event's known slots and their values, by slot; what is missing or unknown is left out.

        Raises
        ------
        ValueError
            If a value is neither number nor category; the message names the feature.
        """
        found, _ = self.search(x)
        return found

    def search(self, x: Mapping[Feature, Any]) -> tuple[list[tuple[int, float]], bool]:
        """As `look_up`, and whether something has no slot yet."""
        numeric, categorical = self.numeric, self.categorical
        found, unknown = [], False
        for name, value in x.items():
            kind = type(value)
            number = value if kind is float else None if kind is str else as_number(name, value)
            if number is None:
                slot = categorical.get((name, value))
                number = 1.0
            elif number == number:
                slot = numeric.get(name)
            else:
                continue
            if slot is None:
                unknown = True
            else:
                found.append((slot, number))
        found.sort()
        return found, unknown

    def grow(self, x: Mapping[Feature, Any]) -> list[int]:
        """Check every value, then give slots to what is new, in sorted order; returns the slots of new categories."""
        numbers = {name: as_number(name, value) for name, value in x.items()}
        new = []
        for name, number in numbers.items():
            if number is None:
                if (name, x[name]) not in self.categorical:
                    new.append((_order(name), 1, _order(x[name]), name))
            elif name not in self.numeric and number == number:
                new.append((_order(name), 0, _order(None), name))
        categories: list[int] = []
        for _, categorical, _, name in sorted(new, key=lambda entry: entry[:3]):
            if categorical:
                categories += self._add_category(name, x[name])
            elif len(self) < self.max_features:
                self.numeric[name] = len(self)
            else:
                self.ignored_features += 1
        return categories

    def _add_category(self, name: Feature, category: Hashable) -> list[int]:
        if self._categories[name] >= self.max_categories or len(self) >= self.max_features:
            self.ignored_categories += 1
            if self._categories[name] == 0:
                del self._categories[name]  # a hostile stream must not fill the counter with fresh names
            return []
        self._categories[name] += 1
        self.categorical[name, category] = len(self)
        return [len(self) - 1]

    def slots(self) -> list[tuple[Feature, Hashable | None, bool]]:
        """Name, category and whether it is a category, of every slot in order."""
        named: list[tuple[int, Feature, Hashable | None, bool]] = [
            (k, name, None, False) for name, k in self.numeric.items()
        ]
        named += [(k, name, category, True) for (name, category), k in self.categorical.items()]
        named.sort(key=lambda entry: entry[0])
        return [(name, category, is_category) for _, name, category, is_category in named]

    @classmethod
    def of(
        cls, max_features: int, max_categories: int, slots: list[tuple[Feature, Hashable | None, bool]]
    ) -> FeatureIndex:
        """An index that holds these slots, as `slots` lists them."""
        index = cls(max_features, max_categories)
        for k, (name, category, is_category) in enumerate(slots):
            if is_category:
                index.categorical[name, category] = k
                index._categories[name] += 1
            else:
                index.numeric[name] = k
        return index


def _order(name: Any) -> tuple[str, Any]:
    """A sort key for names of any types: within a type their own order where they have one, else their text."""
    if isinstance(name, (str, int, float)):
        kind = "" if isinstance(name, str) else "number"
        return kind or "str", name
    return type(name).__name__, repr(name)
