"""Which flags about data a run takes; imports no TensorFlow."""

from collections.abc import Mapping
from typing import Any

from data_tools.errors import UsageError
from gan_tf.classifiers.weights import NO_WEIGHTS
from gan_tf.gans import GANS
from gan_tf.gans.options import AUTO
from gan_tf.metrics import PRETRAINED_METRICS

#: Flag -> what a family must do to take it, and whether an entry of ``GANS`` does.
FLAGS = {
    "data_b": ("translates", lambda entry: entry.translates),
    "domains": ("translates", lambda entry: entry.translates),
    "validation_data": ("generates", lambda entry: not entry.translates),
    "unlabeled_data": ("learns without labels too", lambda entry: entry.takes_unlabeled),
}


def require_suited(gan: str, values: Mapping[str, Any]) -> None:
    """Raise UsageError for a flag that the family does not take, or that lacks another one.

    Args:
      gan: value of ``--gan``; what ``auto`` chooses takes all but those for translations.
      values: values of flags by name, None if not given.
    """
    measured = (*values["metrics"], values["best_metric"])
    if values["weights"] != NO_WEIGHTS and not set(measured) & set(PRETRAINED_METRICS):
        raise UsageError(f"--weights is for --metrics such as {PRETRAINED_METRICS[0]}; add one")
    if values["pseudo_label_threshold"] and not values["unlabeled_data"]:
        raise UsageError("--pseudo_label_threshold is for --unlabeled_data; add it")
    if gan == AUTO:
        return
    for name, (does, is_suited) in FLAGS.items():
        if values[name] is not None and not is_suited(GANS[gan]):
            suited = " or ".join(other for other, entry in GANS.items() if is_suited(entry))
            raise UsageError(
                f"--{name} is for a --gan that {does}, not {gan}; leave it out, or use {suited}"
            )
