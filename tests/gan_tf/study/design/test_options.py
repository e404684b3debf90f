import importlib

import pytest

from data_tools.errors import InputError
from gan_tf.classifiers import CLASSIFIERS
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.study.design.options import StudyOptions, parse_shares, replicate_options


def test_shares():
    assert parse_shares(["nv:0.1", "a:b:1"]) == {"nv": 0.1, "a:b": 1.0}
    for text in ("nv", "nv:0", "nv:1.5", ":0.5", "nv:much"):
        with pytest.raises(InputError, match=f"--cut={text} is not label:share"):
            parse_shares([text])
    with pytest.raises(InputError, match="--cut names 'nv' twice"):
        parse_shares(["nv:0.1", "nv:0.2"])


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_table_knows_which_classifiers_are_trained_by_one_cycle(name):
    module = importlib.import_module(CLASSIFIERS[name].path.split(":")[0])
    assert CLASSIFIERS[name].is_one_cycle == hasattr(module, "OneCycleAdam")
    patience = replicate_options(StudyOptions(), FitOptions(name, steps=1))["patience"]
    assert patience == (None if CLASSIFIERS[name].is_one_cycle else 5)
