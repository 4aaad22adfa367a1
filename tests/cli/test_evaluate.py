from __future__ import annotations

import json

import pytest

from streamsnn import AdaptiveSpikingClassifier, SpikingClassifier, load
from streamsnn.encoding import encoder_from


def report_of(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def json_lines(count):
    return "".join(json.dumps({"x": k % 5, "c": "ab"[k % 2], "label": "ud"[k % 2]}) + "\n" for k in range(count))


def test_a_table_for_people(streamsnn):
    result = streamsnn("evaluate", "Phishing")
    assert result.exit_code == 0
    for word in ("Phishing: 1,250 events", "streamsnn", "no-change", "majority"):
        assert word in result.stdout


def test_json_for_programs(streamsnn):
    report = report_of(streamsnn("evaluate", "phishing", "--json", "--seed", 1))
    assert report["events"] == 1250
    assert [model["name"] for model in report["models"]] == ["streamsnn", "no-change", "majority"]
    assert report["models"][0]["accuracy"] > 0.8


def test_the_same_seed_gives_the_same_result(streamsnn):
    losses = [
        report_of(streamsnn("evaluate", "Phishing", "--json", "--no-baselines", "--seed", seed))["models"][0][
            "log_loss"
        ]
        for seed in (1, 1, 2)
    ]
    assert losses[0] == losses[1] != losses[2]


def test_the_result_is_that_of_predicting_and_learning_one_by_one(streamsnn):
    from river import datasets

    report = report_of(streamsnn("evaluate", "Phishing", "--json", "--no-baselines", "--seed", 3))
    model, right = SpikingClassifier(seed=3), 0
    for x, y in datasets.Phishing():
        right += model.predict_one(x) == y
        model.learn_one(x, y)
    assert report["models"][0]["accuracy"] == pytest.approx(right / 1250)


def test_settings_reach_the_model_and_the_command_line_overrules_the_file(streamsnn, tmp_path):
    (tmp_path / "model.toml").write_text('[model]\nhidden = [16, 8]\nsteps = 3\nencoder = "latency"\nclip_norm = 1.0\n')
    result = streamsnn(
        *("evaluate", "Phishing", "--limit", 50, "--model-config", "model.toml", "--save", "m"),
        *("--set", "steps=5", "--set", "encoder=population+current", "--set", "clip_norm=none", "--seed", 4),
    )
    assert result.exit_code == 0, result.stderr
    model = SpikingClassifier.load(tmp_path / "m")
    assert (model.hidden, model.steps, model.clip_norm, model.seed) == ((16, 8), 5, None, 4)
    assert model.events_learned == 50
    assert str(model.encoder) in ("population+current", str(encoder_from("population+current")))


def test_a_saved_model_goes_on_where_it_stopped(streamsnn, tmp_path):
    rows = json_lines(400).splitlines(keepends=True)
    parts = {"all": rows, "first": rows[:250], "rest": rows[250:]}
    for name, lines in parts.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(lines))
    for arguments in (
        ("all.jsonl", "--seed", 5, "--save", "never-stopped"),
        ("first.jsonl", "--seed", 5, "--save", "stopped"),
        ("rest.jsonl", "--load", "stopped", "--save", "stopped"),
    ):
        assert streamsnn("evaluate", *arguments).exit_code == 0
    one, two = (SpikingClassifier.load(tmp_path / name) for name in ("never-stopped", "stopped"))
    assert one.events_learned == two.events_learned == 400
    x = {"x": 2, "c": "a"}
    assert one.predict_proba_one(x) == two.predict_proba_one(x)


def test_json_lines_on_standard_input(streamsnn):
    report = report_of(streamsnn("evaluate", "-", "--json", "--seed", 1, stdin=json_lines(300)))
    assert (report["stream"], report["events"]) == ("standard input", 300)
    assert report["models"][0]["accuracy"] > 0.9
    assert report["models"][1]["accuracy"] == 0.0  # the label changes at every event


def test_a_csv_file_with_a_plot(streamsnn, tmp_path):
    rows = "".join(f"{'no' if k % 3 else 'yes'},{k % 3},{k % 7}\n" for k in range(300))
    (tmp_path / "a.csv").write_text("outcome,size,weight\n" + rows)
    report = report_of(streamsnn("evaluate", "a.csv", "--label", "outcome", "--json", "--plot", "a.png", "--seed", 1))
    assert report["models"][0]["accuracy"] > 0.9
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_no_events_is_not_an_error(streamsnn):
    result = streamsnn("evaluate", "-", stdin="")
    assert result.exit_code == 0
    assert "no events" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Nope",), "Bananas, ImageSegments, Phishing, Shuttle"),
        (("nope.csv",), "no such file"),
        (("SEA",), "--limit"),
        (("Phishing", "--label", "x"), "knows its own label"),
        (("Phishing", "--set", "stepz=4"), "did you mean 'steps'?"),
        (("Phishing", "--set", "steps"), "name=value"),
        (("Phishing", "--set", "steps=many"), "steps should be a whole number, not 'many'"),
        (("Phishing", "--set", "steps=1.5"), "steps should be a whole number"),
        (("Phishing", "--set", "steps=none"), "steps cannot be none"),
        (("Phishing", "--set", "recurrent=1"), "recurrent should be true or false"),
        (("Phishing", "--set", "learning_rate=true"), "learning_rate should be a number"),
        (("Phishing", "--set", "optimiser=7"), "optimiser should be a word"),
        (("Phishing", "--set", "classes=7"), "classes should be a list"),
        (("Phishing", "--set", "threshold=-1"), "threshold must be positive"),
        (("Phishing", "--set", "encoder=morse"), "morse"),
        (("Phishing", "--model-config", "nope.toml"), "nope.toml: there is no such file"),
        (("Phishing", "--load", "nope"), "nope: there is no such file"),
        (("Phishing", "--save", "nowhere/m"), "no folder nowhere"),
        (("Phishing", "--plot", "a.gif"), ".png, .svg or .pdf"),
    ],
)
def test_bad_input_is_one_line_and_code_2(streamsnn, arguments, says):
    result = streamsnn("evaluate", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("streamsnn: ")
    assert says in line


def test_the_ladder_is_run_and_saved_and_goes_on(streamsnn, tmp_path):
    settings = ("--model", "adaptive", "--set", "size=small", "--set", "hidden=8", "--seed", 1)
    assert streamsnn("evaluate", "Phishing", "--limit", 60, *settings, "--save", "m").exit_code == 0
    assert streamsnn("evaluate", "Phishing", "--limit", 40, "--load", "m", "--save", "m").exit_code == 0
    model = load(tmp_path / "m")
    assert isinstance(model, AdaptiveSpikingClassifier)
    assert (model.events_learned, model.size, model.hidden) == (100, "small", 8)
    assert "AdaptiveSpikingClassifier" in streamsnn("inspect", "m").stdout


def test_an_unknown_model_is_named(streamsnn):
    result = streamsnn("evaluate", "Phishing", "--model", "forest")
    assert result.exit_code == 2
    assert "--model should be one of single, adaptive, not 'forest'" in result.stderr


def test_settings_do_not_go_with_a_loaded_model(streamsnn, tmp_path):
    SpikingClassifier(seed=1).save(tmp_path / "m")
    result = streamsnn("evaluate", "Phishing", "--load", "m", "--set", "steps=4")
    assert result.exit_code == 2
    assert result.stderr == "streamsnn: --load: m has its settings in it; leave out --set and --model-config\n"


@pytest.mark.parametrize("arguments", [("evaluate",), ("evaluate", "Phishing", "--limit", "0"), ("no-such-command",)])
def test_wrong_usage_is_code_2(streamsnn, arguments):
    result = streamsnn(*arguments)
    assert result.exit_code == 2
    assert "Error" in result.stderr


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x00" * 100, b"\x80\x04\x95pickle"])
def test_a_file_that_is_no_model(streamsnn, tmp_path, content):
    (tmp_path / "m").write_bytes(content)
    for arguments in (("evaluate", "Phishing", "--load", "m"), ("inspect", "m")):
        result = streamsnn(*arguments)
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1


def test_toml_that_is_none(streamsnn, tmp_path):
    (tmp_path / "model.toml").write_text("hidden = [")
    result = streamsnn("evaluate", "Phishing", "--model-config", "model.toml")
    assert result.exit_code == 2
    assert "not TOML" in result.stderr


def test_a_bad_line_in_the_middle_is_named(streamsnn):
    result = streamsnn("evaluate", "-", stdin=json_lines(3) + "{nonsense\n")
    assert result.exit_code == 2
    assert "line 4" in result.stderr


def test_too_many_labels_are_named(streamsnn, tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{k},label{k}\n" for k in range(5)))
    result = streamsnn("evaluate", "a.csv", "--set", "max_classes=3")
    assert result.exit_code == 2
    assert "events 1 to 5" in result.stderr
    assert "max_classes is 3" in result.stderr
