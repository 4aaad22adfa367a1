"""An independent judge: reads the topics, learns by itself with the public classifier, and compares. Not the service's.

python tests/kafka/verify.py --bootstrap-servers HOST:PORT [--group G] [--model-file EXPORTED --partition P]

It imports `streamsnn` (the library) and a Kafka client, never the service. Exit code 0: every event has one committed
prediction (or is a dead letter), in the order of the journal, equal bit by bit to what a classifier says that learned
everything before; labels that are used are used once; the exported model, if given, is that classifier.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from streamsnn import AdaptiveSpikingClassifier


@dataclass
class Verdict:
    """What was wrong, and what was counted."""

    wrong: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def check(self, holds: bool, complaint: str) -> None:
        if not holds:
            self.wrong.append(complaint)


def read(servers: str, topic: str, partition: int) -> list[Any]:
    """All committed records of a partition."""
    consumer = KafkaConsumer(
        bootstrap_servers=servers,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    top = TopicPartition(topic, partition)
    consumer.assign([top])
    consumer.seek_to_beginning(top)
    end, found = consumer.end_offsets([top])[top], []
    while consumer.position(top) < end:
        for records in consumer.poll(1000).values():
            found += records
    consumer.close()
    return found


def journal_of(records: list[Any], group: str, topic: str, partition: int) -> list[dict[str, Any]]:
    """Every committed journal entry and manifest, in the order in which they were written."""
    found = []
    for record in records:
        key = json.loads(record.key)
        if key[:3] == [group, topic, partition] and key[3] in ("journal", "manifest") and record.value:
            found.append({"kind": key[3]} | json.loads(record.value))
    return found


class Learner:
    """The protocol once more, from SERVICE.md, on the public classifier."""

    def __init__(self, model: Any, verdict: Verdict) -> None:
        self.model, self.verdict = model, verdict
        self.waiting: dict[str, tuple[dict[str, Any], Any]] = {}
        self.early: dict[str, Any] = {}
        self.done: set[str] = set()

    def event(self, content: dict[str, Any], name: str) -> dict[Any, float]:
        x, name = content["features"], content.get("id", name)
        if content.get("label") is not None:
            said = self.model.predict_proba_one(x)
            self.model.learn_one(x, content["label"])
            self.done.add(name)
            self.verdict.counts["labels learned"] += 1
            return dict(said)
        forecast = self.model.forecast_one(x)
        self.waiting[name] = x, forecast
        if name in self.early:
            self.learn(name, self.early.pop(name))
        return dict(forecast.probabilities)

    def label(self, content: dict[str, Any]) -> str:
        name = content["id"]
        if name in self.waiting:
            self.learn(name, content["label"])
            return "learned"
        if name in self.done or name in self.early:
            return "duplicate"
        self.early[name] = content["label"]
        return "early"

    def learn(self, name: str, label: Any) -> None:
        x, forecast = self.waiting.pop(name)
        self.model.learn_one(x, label, forecast=forecast)
        self.done.add(name)
        self.verdict.counts["labels learned"] += 1


def verify(
    servers: str,
    *,
    group: str = "streamsnn",
    prefix: str = "streamsnn",
    partition: int = 0,
    ladder: str = "default",
    seed: int = 1,
    model_file: Path | None = None,
    complete: bool = True,
) -> Verdict:
    """Judge a partition; `complete`: all events of the topic must have been answered."""
    verdict = Verdict()
    topics = {name: f"{prefix}.{name}" for name in ("events", "labels", "predictions", "dead-letters", "state")}
    inputs = [{r.offset: r for r in read(servers, topics[name], partition)} for name in ("events", "labels")]
    answers = predictions_by_offset(read(servers, topics["predictions"], partition), verdict)
    dead = dead_by_place(read(servers, topics["dead-letters"], partition), inputs, topics, verdict)
    entries = journal_of(read(servers, topics["state"], partition), group, topics["events"], partition)
    if entries and entries[0]["kind"] == "manifest" and entries[0]["snapshot"] == 0:
        taken = taken_in_order(entries, inputs, verdict)
    else:
        verdict.check(not inputs[1], "the journal has been compacted: nobody knows how labels and events were mixed")
        taken = [(0, offset) for offset in sorted(inputs[0])]
    if complete:
        for which, records in enumerate(inputs):
            missing = set(records) - {offset for one, offset in taken if one == which}
            some = sorted(missing)[:3]
            verdict.check(not missing, f"input {which}: {len(missing)} records were never taken, e.g. {some}")
    learner = Learner(AdaptiveSpikingClassifier(ladder, seed=seed), verdict)
    replay(taken, inputs, answers, dead, learner, topics, partition)
    verdict.check(not answers, f"{len(answers)} predictions of events that were never taken, e.g. {list(answers)[:3]}")
    check_offsets(servers, group, [topics["events"], topics["labels"]], partition, entries, verdict)
    if model_file is not None:
        verdict.check(
            same_model(learner.model, model_file), "the exported model is not the one that learned this journal"
        )
    return verdict


def check_offsets(
    servers: str, group: str, topics: list[str], partition: int, entries: list[dict[str, Any]], verdict: Verdict
) -> None:
    """What the group has committed is where the journal ends."""
    consumer = KafkaConsumer(bootstrap_servers=servers, group_id=group, enable_auto_commit=False)
    for which, topic in enumerate(topics):
        committed, last = consumer.committed(TopicPartition(topic, partition)), entries[-1]["positions"][which]
        verdict.check(committed == last, f"{topic}: the group has committed {committed}, the journal says {last}")
    consumer.close()


def predictions_by_offset(records: list[Any], verdict: Verdict) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for record in records:
        content = json.loads(record.value)
        offset = content["source"]["offset"]
        verdict.check(offset not in found, f"event {offset} has two committed predictions")
        found[offset] = content
    verdict.counts["predictions"] = len(records)
    return found


def dead_by_place(records: list[Any], inputs: Any, topics: Any, verdict: Verdict) -> Counter[tuple[int, int]]:
    found: Counter[tuple[int, int]] = Counter()
    for record in records:
        headers = {name: value.decode() for name, value in record.headers}
        which = 0 if headers["topic"] == topics["events"] else 1
        offset = int(headers["offset"])
        source = inputs[which].get(offset)
        same = source is not None and source.value == record.value
        verdict.check(same, f"dead letter of {which}/{offset}: other bytes")
        verdict.check(bool(headers["error"]), f"dead letter of {which}/{offset}: no error")
        found[which, offset] += 1
        verdict.counts[f"dead letters of input {which}"] += 1
        verdict.check(found[which, offset] == 1, f"{which}/{offset} is dead-lettered twice")
    return found


def taken_in_order(entries: list[dict[str, Any]], inputs: Any, verdict: Verdict) -> list[tuple[int, int]]:
    """The records in the order in which the journal says they were taken; positions must follow each other."""
    taken: list[tuple[int, int]] = []
    written: list[dict[str, Any]] = []
    positions: list[int] | None = None
    for entry in entries:
        if entry["kind"] == "manifest":
            since = entry["journal"]  # made between the moment of the snapshot and its manifest; written before, too
            verdict.check(since == written[len(written) - len(since) :], f"snapshot {entry['snapshot']}: other entries")
            there = since[-1]["positions"] if since else entry["positions"]
            for which, first, _ in [one["ranges"][0] for one in since[:1]]:
                verdict.check(first == entry["positions"][which], f"snapshot {entry['snapshot']}: a gap before {first}")
            positions = list(there) if positions is None else positions
            verdict.check(positions == there, f"snapshot {entry['snapshot']} at {there}, not {positions}")
            continue
        written.append({name: value for name, value in entry.items() if name != "kind"})
        for which, first, end in entry["ranges"]:
            assert positions is not None
            verdict.check(first == positions[which], f"a journal entry begins at {first}, not at {positions[which]}")
            taken += [(which, offset) for offset in range(first, end) if offset in inputs[which]]
            positions[which] = end
        verdict.check(positions == entry["positions"], f"a journal entry ends at {entry['positions']}, not {positions}")
    twice = [place for place, count in Counter(taken).items() if count > 1]
    verdict.check(not twice, f"{len(twice)} records were taken twice, e.g. {twice[:3]}")
    return taken


def replay(taken: Any, inputs: Any, answers: Any, dead: Any, learner: Learner, topics: Any, partition: int) -> None:
    verdict = learner.verdict
    for which, offset in taken:
        record = inputs[which][offset]
        if which == 1:
            fate = learner.label(json.loads(record.value)) if not bad(record) else "bad"
            verdict.counts[f"label {fate}"] += 1
            if fate in ("duplicate", "bad"):
                verdict.check(dead[which, offset] == 1, f"label {offset} is a {fate} and no dead letter")
            continue
        if dead[0, offset]:
            verdict.counts["bad events"] += 1
            continue
        verdict.counts["events"] += 1
        said = learner.event(json.loads(record.value), f"{partition}-{offset}")
        answer = answers.pop(offset, None)
        if answer is None:
            verdict.check(False, f"event {offset} has no committed prediction")
            continue
        wanted = {label if isinstance(label, str) else json.dumps(label): share for label, share in said.items()}
        verdict.check(answer["probabilities"] == wanted, f"event {offset}: {answer['probabilities']}, not {wanted}")


def bad(record: Any) -> bool:
    try:
        content = json.loads(record.value)
    except (ValueError, TypeError, RecursionError):
        return True
    return not (isinstance(content, dict) and isinstance(content.get("id"), str) and content.get("label") is not None)


def same_model(model: Any, path: Path) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "own"
        model.save(own)
        return own.read_bytes() == path.read_bytes()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap-servers", default="127.0.0.1:9092")
    parser.add_argument("--group", default="streamsnn")
    parser.add_argument("--partition", type=int, default=0)
    parser.add_argument("--ladder", default="default")
    parser.add_argument("--model-file", type=Path)
    given = parser.parse_args()
    verdict = verify(
        given.bootstrap_servers,
        group=given.group,
        partition=given.partition,
        ladder=given.ladder,
        model_file=given.model_file,
    )
    for complaint in verdict.wrong[:20]:
        print(complaint)
    print(f"{len(verdict.wrong)} complaints;", ", ".join(f"{count} {name}" for name, count in verdict.counts.items()))
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
