"""The filter command on digits."""

import json

import pytest
from digit_folders import digit_images, noisy, write_folder

from data_tools.errors import InputError, UsageError
from data_tools.sources import open_source
from gan_tf import cli
from gan_tf import filter as command
from gan_tf.classifiers.fit_options import FitOptions
from gan_tf.filtering.filter_folder import filter_images

OPTIONS = FitOptions(classifier="lenet", steps=40, batch_size=32)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("filter")
    real, labels = digit_images(0, 20)
    write_folder(root / "real", real, labels)
    write_folder(
        root / "synthetic", noisy(real, 1), labels, origin="synthetic:run@abc", trained_on=real
    )
    return root


def filtered(folders, images, dest, data=None, shares=(), **changes):
    """Filter for a quarter of the images classified correctly, or for ``shares``."""
    dests = {dest / share: share for share in shares} if shares else {dest: "0.25"}
    arguments = {"classes": [], "options": OPTIONS, "seed": 0}
    specs = (str(data or folders / "real"), str(folders / images), dests)
    return filter_images(*specs, **(arguments | changes), prepare=lambda: None)


def test_synthetic_images_keep_their_origin_and_their_generators_list(folders, tmp_path):
    ((outcomes, info),) = filtered(folders, "synthetic", tmp_path / "best", classes=["3", "5", "3"])
    assert [outcome.label for outcome in outcomes] == ["3", "5"]
    source, before = open_source(tmp_path / "best"), open_source(folders / "synthetic")
    counts = {name: 0 for name in source.class_names}
    for example in source.examples:
        counts[example.label] += 1
        assert example.origin == "synthetic:run@abc"
    expected = dict.fromkeys(counts, 20) | {one.label: one.num_kept for one in outcomes}
    assert counts == expected and sum(counts.values()) == info.num_images
    assert len(source.trained_on) == len(before.trained_on) == 200
    stated = json.loads((tmp_path / "best" / "dataset.json").read_text())["extra"]["path_rank"]
    assert stated == [outcome._asdict() for outcome in outcomes]


def test_one_classifier_serves_all_shares(folders, tmp_path, monkeypatch):
    from gan_tf.classifiers import fitting

    filtered(folders, "real", tmp_path / "quarter")
    trained_on, predicted = [], []
    fit, predict = fitting.fit, fitting.Predictor.__call__

    def recorded_fit(images, *arguments, **more):
        trained_on.append(images.images)
        return fit(images, *arguments, **more)

    def recorded_predict(self, images):
        predicted.append(images)
        return predict(self, images)

    monkeypatch.setattr(fitting, "fit", recorded_fit)
    monkeypatch.setattr(fitting.Predictor, "__call__", recorded_predict)
    (small, _), (large, _) = filtered(folders, "real", tmp_path / "all", shares=["0.25", "0.5"])
    assert len(trained_on) == len(predicted) == 1
    # The filtered images are those of the training set, and are in memory once.
    assert predicted[0] is trained_on[0]
    paths = {
        name: {example.path for example in open_source(tmp_path / name).examples}
        for name in ("quarter", "all/0.25", "all/0.5")
    }
    assert paths["quarter"] == paths["all/0.25"] < paths["all/0.5"]
    for one, other in zip(small, large, strict=True):
        assert one.num_right == other.num_right
        assert one.num_kept == -(-one.num_right // 4) and other.num_kept == -(-one.num_right // 2)


def test_other_splits_are_copied(tmp_path):
    root = tmp_path / "split"
    write_folder(root, *digit_images(0, 15), split="train")
    write_folder(root, *digit_images(40, 2), split="test")
    for name in ("manifest.jsonl", "dataset.json"):
        (root / name).unlink()
    ((outcomes, _),) = filtered(tmp_path, "split", tmp_path / "best", data=root, classes=["0"])
    splits = [example.split for example in open_source(tmp_path / "best").examples]
    assert splits.count("test") == 20
    assert splits.count("train") == 150 - 15 + outcomes[0].num_kept


def test_bad_input_leaves_nothing(folders, tmp_path):
    with pytest.raises(InputError, match="--classes names 'zero', which is not a label: 0, 1"):
        filtered(folders, "real", tmp_path / "best", classes=["zero"])
    flags = [f"--data={folders / 'real'}", f"--dest={tmp_path / 'best'}"]
    for share in ([], ["--share=0.5", "--shares=0.5"]):
        with pytest.raises(UsageError, match="give either --share or --shares"):
            command.main(cli.parse(command.define_flags(), [*flags, *share]))
    with pytest.raises(UsageError, match="--shares names 0.5 twice"):
        command.main(cli.parse(command.define_flags(), [*flags, "--shares=0.5,1,0.5"]))
    for share in ("--share=1.5", "--shares=0.5,1.5"):
        with pytest.raises(InputError, match="'1.5' is not a share of images"):
            command.main(cli.parse(command.define_flags(), [*flags, share]))
    flags = [*flags, "--share=0.5", "--weights=imagenet"]
    with pytest.raises(InputError, match="--weights=imagenet has no meaning with"):
        command.main(cli.parse(command.define_flags(), flags))
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_data_set_for_every_share(folders, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(command, "_prepare_process", lambda: None)
    flags = [f"--data={folders / 'real'}", "--shares=0.5,1", "--classes=3", "--classifier=lenet"]
    flags += ["--steps=10", "--batch_size=32", f"--dest={tmp_path / 'best'}"]
    command.main(cli.parse(command.define_flags(), flags))
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        *("3", f"{tmp_path / 'best' / '0.5'}"),
        *("3", f"{tmp_path / 'best' / '1'}"),
    ]
    assert sorted(path.name for path in (tmp_path / "best").iterdir()) == ["0.5", "1"]
    assert [path.name for path in tmp_path.iterdir()] == ["best"]
