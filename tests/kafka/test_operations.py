"""The commands on a real broker: topics, dry run, state, refusals, modes."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition

import streamsnn

from .conftest import broker_module, sibling

make = sibling("events")


def test_dry_run_says_what_is_missing(place: Any) -> None:
    assert "1 partitions" in place.run("serve", "--dry-run").stdout
    done = place.run("serve", "--dry-run", "--events", f"{place.prefix}.other", check=False)
    assert done.returncode == 2
    assert "streamsnn topics create" in done.stderr
    done = place.run("topics", "create", "--partitions", "3", check=False)
    assert done.returncode == 2
    assert "same number" in done.stderr


def test_no_broker_is_said_after_a_bounded_wait(place: Any) -> None:
    flags = ("--bootstrap-servers", "127.0.0.1:1", "--start-timeout", "8")
    done = place.run("serve", *flags, check=False)
    assert done.returncode == 1
    assert "no broker at 127.0.0.1:1" in done.stderr
    assert "waiting for a broker" in done.stderr


@pytest.mark.apache
def test_state_is_shown_exported_and_reset(place: Any, tmp_path: Path) -> None:
    place.send("events", make.events(600))
    worker = place.worker()
    place.wait_for(600)
    worker.kill()  # a journal remains
    worker.wait()
    shown = json.loads(place.run("state", "show").stdout)
    assert shown["events up to"] == 600
    assert shown["records to learn again"] == 600
    place.run("state", "export", str(tmp_path / "model"))
    model = streamsnn.load(tmp_path / "model")
    assert model.events_learned == 600
    place.run("state", "reset", "--yes", "--to-offset", "200")
    worker = place.worker()
    end = time.monotonic() + 60
    while place.ends("predictions")[0] < 1_000:
        assert time.monotonic() < end, place.said()
        time.sleep(0.2)
    place.wait_for(600)
    assert place.stop(worker) == 0
    place.run("state", "export", str(tmp_path / "again"))
    assert streamsnn.load(tmp_path / "again").events_learned == 400
    fresh = streamsnn.AdaptiveSpikingClassifier("small", seed=1)
    for value in make.events(600)[200:]:
        content = json.loads(value)
        fresh.learn_one(content["features"], content["label"])
    fresh.save(tmp_path / "fresh")
    assert (tmp_path / "fresh").read_bytes() == (tmp_path / "again").read_bytes()


def test_other_settings_of_the_model_are_refused(place: Any) -> None:
    place.send("events", make.events(100))
    worker = place.worker()
    place.wait_for(100)
    assert place.stop(worker) == 0
    assert place.worker("--seed", "2").wait(60) == 3
    assert "streamsnn state reset" in place.said()


def test_a_model_file_only_scores_with_no_learn(place: Any, tmp_path: Path) -> None:
    model = streamsnn.AdaptiveSpikingClassifier("small", seed=5)
    for value in make.events(300):
        content = json.loads(value)
        model.learn_one(content["features"], content["label"])
    model.save(tmp_path / "model")
    place.send("events", make.events(50, seed=4))
    worker = place.worker("--model", str(tmp_path / "model"), "--no-learn")
    place.wait_for(50)
    assert place.stop(worker) == 0
    for event, answer in zip(make.events(50, seed=4), place.read("predictions"), strict=True):
        wanted = model.predict_proba_one(json.loads(event)["features"])
        said = json.loads(answer.value)
        assert said["probabilities"] == {json.dumps(label): share for label, share in wanted.items()}
        assert said["events_learned"] == 0


@pytest.mark.apache
def test_at_least_once_loses_nothing(place: Any) -> None:
    place.send("events", make.events(2_000))
    for _ in range(2):
        worker = place.worker("--delivery", "at-least-once", "--max-batch", "100")
        time.sleep(5)
        worker.kill()
        worker.wait()
    place.log.write_text("")
    worker = place.worker("--delivery", "at-least-once")
    place.wait_until_ready()
    place.wait_for(2_000)
    assert place.stop(worker) == 0
    offsets = [json.loads(record.value)["source"]["offset"] for record in place.read("predictions")]
    assert set(offsets) == set(range(2_000))


def test_the_demonstration_on_a_broker(broker: Any, place: Any) -> None:
    done = place.run("demo", "--kafka", broker.address, "--limit", "2000", "--output", str(place.folder / "demo"))
    assert "2,000 events, each scored and learned once" in done.stdout
    assert streamsnn.load(place.folder / "demo" / "model.safetensors").events_learned == 2_000


def test_metrics_tell_what_happened(place: Any) -> None:
    port = broker_module.free_port()
    place.send("events", [*make.events(200), b"{"])
    worker = place.worker("--http-port", str(port))
    place.wait_for(201)
    time.sleep(0.5)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    assert 'streamsnn_processed_total{partition="0",status="learned"} 200.0' in text
    assert 'streamsnn_processed_total{partition="0",status="dead letters"} 1.0' in text
    assert 'streamsnn_published_total{kind="prediction",partition="0"} 200.0' in text
    assert 'streamsnn_published_total{kind="dead letter",partition="0"} 1.0' in text
    assert 'streamsnn_lag{partition="0"} 0.0' in text
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready") as answer:
        assert answer.status == 200
    assert place.stop(worker) == 0


def test_a_new_partition_can_begin_with_the_model_of_another(wide_place: Any, tmp_path: Path) -> None:
    place = wide_place
    place.send("events", make.events(300))
    worker = place.worker()
    place.wait_for(300)
    assert place.stop(worker) == 0
    place.run("state", "export", str(tmp_path / "source"))
    model = streamsnn.load(tmp_path / "source")
    place.run("state", "reset", "--yes", "--partition", "1")
    worker = place.worker("--warm-start", "0")
    later = make.events(50, seed=4)
    place.send("events", later, partition=1)
    place.wait_for(50, partition=1)
    assert place.stop(worker) == 0
    for event, answer in zip(later, place.read("predictions", 1), strict=True):
        content = json.loads(event)
        wanted = model.predict_proba_one(content["features"])
        model.learn_one(content["features"], content["label"])
        assert json.loads(answer.value)["probabilities"] == {json.dumps(each): p for each, p in wanted.items()}


def test_two_backlogs_are_read_in_turn_by_one_worker(wide_place: Any) -> None:
    """More than a worker holds waits in both partitions; the consumer must not lose one for the other."""
    place = wide_place
    for partition in range(2):
        place.send("events", make.events(3_000, seed=partition), partition)
    worker = place.worker("--max-batch", "50")
    for partition in range(2):
        place.wait_for(3_000, partition=partition)
    assert place.stop(worker) == 0
    assert "building a new one" not in place.said()


@pytest.mark.apache
def test_a_model_whose_next_events_were_deleted_can_be_exported(place: Any, tmp_path: Path) -> None:
    place.send("events", make.events(500))
    worker = place.worker()
    place.wait_for(500)
    assert place.stop(worker) == 0
    place.send("events", make.events(500, first=500))
    client = KafkaAdminClient(bootstrap_servers=place.address)
    client.delete_records({TopicPartition(place.topic("events"), 0): 800})
    client.close()
    assert place.worker().wait(60) == 3
    assert "state export" in place.said()
    place.run("state", "export", str(tmp_path / "model"))
    assert streamsnn.load(tmp_path / "model").events_learned == 500
