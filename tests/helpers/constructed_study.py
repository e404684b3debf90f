"""Cells of a study whose replicates classify a given number of test images correctly."""

import numpy as np

from gan_tf.study.analysis.cell_results import cell_results
from gan_tf.study.design.cells import Cell, replicates
from gan_tf.study.execution.store import ReplicateResult

LABELS = np.tile([0, 1], 200)


def replicate_result(num_correct: int, seed: int) -> ReplicateResult:
    """Return a replicate that gets the first ``num_correct`` images right, each with 0.8."""
    is_correct = np.arange(len(LABELS)) < num_correct
    predicted = np.where(is_correct, LABELS, 1 - LABELS)
    probabilities = np.where(np.eye(2)[predicted] == 1, 0.8, 0.2).astype(np.float32)
    history = [{"step": 10, "train_loss": float(seed), "test_accuracy": num_correct / len(LABELS)}]
    return ReplicateResult(probabilities, history, 100, 10, 0.9, {})


def constructed_cells(num_correct: dict[Cell, list[int]], num_gan_runs: int = 1) -> list[dict]:
    """Return cells, given how many of 400 images each replicate classifies correctly."""
    num_seeds = len(next(iter(num_correct.values())))
    planned = replicates(list(num_correct), num_seeds, num_gan_runs)
    results = {
        one.name: replicate_result(num_correct[one.cell][one.seed], one.seed) for one in planned
    }
    return cell_results(planned, results, LABELS, "accuracy", 0.01)
