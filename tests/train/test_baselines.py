"""The baselines as a stage: made once, kept like any model, made again when what they are made of changes."""

import shutil

import pytest

from forklift.answerers import asked, hmm
from forklift.answerers.hmm import load_hmm
from forklift.answerers.naive import load_naive
from forklift.config import TrainConfig
from forklift.engine import silent
from forklift.errors import DatasetError, WorkspaceError
from forklift.records import Question
from forklift.tables import write_rows
from forklift.train import baselines, train, train_baselines
from forklift.workspace import create_lift, finished_stage, open_lift, record_stage


@pytest.fixture
def lift(shop_lift, tmp_path, monkeypatch):
    monkeypatch.setattr(hmm, "STATES", (4,))
    shutil.copytree(shop_lift.root, tmp_path / "lift")
    return open_lift(tmp_path / "lift")


def fitted(lift, **values):
    """What is announced, and what is fitted."""
    told, reported = [], []
    train_baselines(lift, TrainConfig(**values), lambda *row: reported.append(row), told.append)
    return told, reported


def test_both_are_made_and_load(lift, questions):
    told, reported = fitted(lift)
    assert told == []
    assert reported[-1] == ("fitting the baselines", 2, 2)
    assert {pair.prompt for pair in load_naive(lift.model("naive")).pairs} == {
        asked(q) for q in questions if q.direction != "reading"
    }
    assert load_hmm(lift.model("hmm")).transition.shape == (4, 4)
    assert sorted(path.name for path in (lift.root / "models").iterdir()) == ["hmm", "naive"]
    for method in ("naive", "hmm"):
        assert finished_stage(lift, f"train:{method}")["config"]["method"] == method
        assert not (lift.model(method) / "training.json").exists()  # that makes a language model


def test_what_is_up_to_date_is_not_made_again(lift):
    fitted(lift)
    before = {path: path.stat().st_mtime_ns for path in lift.root.glob("models/*/*")}
    told, reported = fitted(lift)
    assert told == [f"{lift.model(method)} is up to date" for method in ("naive", "hmm")]
    assert reported == []
    assert {path: path.stat().st_mtime_ns for path in lift.root.glob("models/*/*")} == before


@pytest.mark.parametrize("method", ["naive", "hmm"])
def test_train_makes_the_one_it_is_told(lift, method):
    train(lift, TrainConfig(method=method), silent, lambda text: None)
    assert [path.name for path in (lift.root / "models").iterdir()] == [method]
    told = []
    train(lift, TrainConfig(method=method), silent, told.append)
    assert told == [f"{lift.model(method)} is up to date"]


def test_settings_of_language_models_change_nothing(lift):
    fitted(lift)
    assert len(fitted(lift, model="some/model", minutes=3, exposures=7)[0]) == 2


def test_another_seed_makes_another_hmm_and_the_same_naive(lift):
    fitted(lift)
    told, reported = fitted(lift, seed=1)
    assert told == [f"{lift.model('naive')} is up to date"]
    assert reported[-1] == ("fitting the baselines", 1, 1)


def test_another_dataset_makes_both_again(lift):
    fitted(lift)
    built = finished_stage(lift, "build")
    record_stage(lift, "build", "another key", None, repository=built["repository"])
    assert fitted(lift)[0] == []


def test_a_missing_model_is_made_again(lift):
    fitted(lift)
    shutil.rmtree(lift.model("hmm"))
    assert fitted(lift)[0] == [f"{lift.model('naive')} is up to date"]
    assert load_hmm(lift.model("hmm"))


def test_a_fit_that_fails_leaves_the_old_model_and_nothing_half_written(lift, monkeypatch):
    fitted(lift)

    def fail(questions, seed, directory):
        (directory / "half").write_text("")
        raise KeyboardInterrupt

    monkeypatch.setattr(baselines, "FITS", {"naive": fail, "hmm": fail})
    monkeypatch.setattr(baselines, "VERSION", 99)
    with pytest.raises(KeyboardInterrupt):
        fitted(lift)
    assert load_naive(lift.model("naive")).pairs
    assert sorted(path.name for path in (lift.root / "models").iterdir()) == ["hmm", "naive"]


def test_without_a_dataset_it_says_what_to_do(lift, tmp_path):
    write_rows(lift.dataset / "data" / "train.parquet", [], Question)
    with pytest.raises(DatasetError, match="no training questions"):
        fitted(lift)
    with pytest.raises(WorkspaceError, match="run 'forklift build"):
        fitted(create_lift(tmp_path / "empty"))
