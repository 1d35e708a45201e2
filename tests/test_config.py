"""Settings: checked once, at the edge, all bad ones named."""

import pytest
from pydantic import ValidationError

from forklift.config import BuildConfig, DeployConfig, ScoreConfig, TrainConfig, parse
from forklift.errors import ConfigError

CONFIGS = (BuildConfig, TrainConfig, ScoreConfig, DeployConfig)


@pytest.mark.parametrize("kind", CONFIGS)
def test_defaults_are_valid_frozen_and_closed(kind):
    config = kind()
    name = next(iter(kind.model_fields))
    with pytest.raises(ValidationError):
        setattr(config, name, getattr(config, name))
    with pytest.raises(ConfigError, match="colour"):
        parse(kind, colour="red")


def test_what_is_unset_keeps_its_default():
    assert parse(TrainConfig, model=None, seed=None) == TrainConfig()
    assert parse(TrainConfig, seed=5).seed == 5


def test_every_bad_field_is_named_in_one_line():
    with pytest.raises(ConfigError) as error:
        parse(TrainConfig, minutes=-1, adapter="magic", batch_size=0)
    text = str(error.value)
    assert all(name in text for name in ("minutes", "adapter", "batch_size", "see --help"))
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (BuildConfig, {"wordings_per_fact": 0}),
        (BuildConfig, {"control_share": 0.6}),
        (TrainConfig, {"method": "guess"}),
        (TrainConfig, {"learning_rate": 0.0}),
        (TrainConfig, {"minutes": float("nan")}),
        (ScoreConfig, {"limit": 0}),
        (DeployConfig, {"port": 70_000}),
        (DeployConfig, {"port": "http"}),
    ],
)
def test_values_out_of_range_are_errors(kind, values):
    with pytest.raises(ConfigError, match=next(iter(values))):
        parse(kind, **values)
