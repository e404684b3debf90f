import pytest

from data_tools.errors import InputError
from gan_tf.study.design.amounts import Amount
from gan_tf.study.design.cells import Cell, Replicate, cells, real_slices, replicates

AMOUNTS = [Amount("250"), Amount("500")]


def names(result):
    return [cell.name for cell in result]


def test_the_baseline_comes_first_and_amounts_multiply_only_the_arms_that_depend_on_them():
    result = cells(["mixed", "augmented", "real"], AMOUNTS, [None])
    assert names(result) == ["real", "mixed_250", "mixed_500", "augmented"]


def test_slices_multiply_all_arms_with_real_images():
    result = cells(["real", "synthetic", "mixed"], [Amount("all")], [10, None])
    assert names(result) == ["real_real10", "mixed_real10", "real", "synthetic", "mixed"]


def test_every_cell_is_compared_with_real_images_of_its_own_slice():
    assert Cell("mixed", Amount("250"), 10).baseline == Cell("real", None, 10)


@pytest.mark.parametrize(
    ("arms", "message"),
    [
        (["real", "mxied"], "'mxied', which is not one of real, synthetic, mixed"),
        (["real", "mixed", "mixed"], "'mixed' twice"),
        (["mixed"], "lacks 'real'"),
    ],
)
def test_impossible_arms_are_refused(arms, message):
    with pytest.raises(InputError, match=message):
        cells(arms, AMOUNTS, [None])


def test_an_amount_named_twice_is_refused():
    with pytest.raises(InputError, match="'mixed_250' is requested twice"):
        cells(["real", "mixed"], [Amount("250"), Amount("250")], [None])


def test_replicates_cycle_through_the_gan_runs_seed_by_seed():
    result = replicates([Cell("real"), Cell("augmented")], num_seeds=4, num_gan_runs=2)
    assert [(one.seed, one.gan_run) for one in result[::2]] == [(0, 0), (1, 1), (2, 0), (3, 1)]
    assert [one.cell.arm for one in result] == ["real", "augmented"] * 4
    assert Replicate(Cell("real"), 3, 1).name == "real-seed3"


def test_gan_runs_must_be_used_equally_often():
    with pytest.raises(InputError, match="--seeds=5 .* 2 synthetic sets.* --seeds=6"):
        replicates([Cell("real")], num_seeds=5, num_gan_runs=2)


def test_real_slices():
    assert real_slices([]) == [None]
    assert real_slices(["10", "all"]) == [10, None]
    with pytest.raises(InputError, match="--real_images_per_class=ten"):
        real_slices(["ten"])
