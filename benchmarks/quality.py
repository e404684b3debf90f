"""What the images of a GAN alone are worth to a classifier, by minutes of training.

  python benchmarks/quality.py --data=fashion_mnist --gan=projection_gan
  python benchmarks/quality.py --data=mnist --gan=cdcgan --minutes=60 --seeds=1
  python benchmarks/quality.py --data=fashion_mnist --images_per_class=100 \
      --flags='--diff_augment=translation,cutout'
  python benchmarks/quality.py --data=fashion_mnist --images_per_class=100 \
      --flags='--unlabeled_data=runs/quality/fashion_mnist_split --pseudo_label_threshold=0.95'
  python benchmarks/quality.py --data=flower_photos --edge=64 --fractions=0.9,0.1,0 \
      --images_per_class=0 --classifier=resnet20 --classifier_steps=2000

--fractions of the training images are the GAN's, held out and, if there is no test split, for
testing; --images_per_class of the first ones are used. Minutes become steps by the time of a step,
which the first call measures and records in --work_dir: give it a machine without other work; later
ones may share theirs. After each number of steps a classifier is trained on --synthetic_per_class
images of each class and nothing else (hard labels) and scored on the held-out images, likewise one
on the real images of the GAN. --test adds the scores on the test images: pass it once, when
everything has been chosen. What is complete is kept in --work_dir, so that an interrupted call goes
on where it was. With classes of unequal size, --score=balanced_accuracy counts each class alike.

Each line has the mean over GANs of different seeds, with the standard deviation over them, of the
mean over classifiers of different seeds; its difference from real images in points; and the share
of synthetic images that the first classifier of real images recognizes as what was requested, of
all and of the class with the smallest share; and the least variety of a class: the mean distance
between two of its images, of the first GAN, over that between two real ones.
"""

import argparse
import functools
import json
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np
from scipy.spatial.distance import pdist
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from gan_tf import cli

cli.import_tensorflow()

from gan_tf.classifiers.fit_options import FitOptions  # noqa: E402
from gan_tf.classifiers.fitting import fit  # noqa: E402
from gan_tf.classifiers.image_set import ImageSet  # noqa: E402
from gan_tf.classifiers.objective import Predictor  # noqa: E402
from gan_tf.classifiers.recipe import recipe  # noqa: E402
from gan_tf.inputs.images import LabeledImages, load_images  # noqa: E402

TIMED_STEPS = 300
#: Images of a class, at most, whose distances from each other are measured.
VARIETY_IMAGES = 300
SCORES = {"accuracy": accuracy_score, "balanced_accuracy": balanced_accuracy_score}


def main() -> None:
    """Train and score what is missing and print a line for each number of minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="fashion_mnist", help="idx files or label folders")
    parser.add_argument("--edge", type=int, help="crop label folders to squares of this size")
    parser.add_argument("--fractions", default="0.95,0.05,0")
    parser.add_argument("--images_per_class", type=int, default=3000, help="0 is all")
    parser.add_argument("--gan", default="projection_gan")
    parser.add_argument("--flags", default="", help="further flags of gan_tf.train")
    parser.add_argument("--minutes", default="15,30,60,120")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--synthetic_per_class", type=int, default=3000)
    parser.add_argument("--latent_scale", type=float, default=1.0)
    parser.add_argument("--classifier", default="lenet")
    parser.add_argument("--classifier_steps", type=int, default=5000)
    parser.add_argument("--classifier_seeds", type=int, default=3)
    parser.add_argument("--score", default="accuracy", choices=SCORES)
    parser.add_argument("--test", action="store_true", help="score the test images too")
    parser.add_argument("--work_dir", type=Path, default=Path("runs/quality"))
    options = parser.parse_args()
    data = prepared_data(options)
    for split in ("validation", "test") if options.test else ("validation",):
        real = score(data, data, split, options)
        print(f"{split:10} real images: {real:.2%}", flush=True)
        for minutes in options.minutes.split(","):
            folders = [
                synthetic_images(data, seed, float(minutes), options)
                for seed in range(options.seeds)
            ]
            scores = [score(folder, data, split, options) for folder in folders]
            spread = f" ± {statistics.stdev(scores):.2%}" if len(scores) > 1 else ""
            mean = statistics.mean(scores)
            recognized = np.mean([shares_recognized(x, data, options) for x in folders], axis=0)
            print(
                f"{split:10} {options.gan}, {minutes} minutes: {mean:.2%}{spread}, "
                f"{100 * (mean - real):+.2f} points; recognized: {recognized.mean():.1%}, "
                f"least {recognized.min():.1%}; "
                f"least variety: {least_variety(folders[0], data):.2f}",
                flush=True,
            )


def prepared_data(options: argparse.Namespace) -> Path:
    """Write the images with their splits and return their folder."""
    stem = options.work_dir / Path(options.data).name
    stem = Path(f"{stem}_{options.edge}") if options.edge else stem
    images, split = Path(f"{stem}_images"), Path(f"{stem}_split")
    if options.edge:
        size = (f"--height={options.edge}", f"--width={options.edge}", "--fit=crop")
        convert("resize_images", options.data, images, *size)
    else:
        convert("idx_to_images", options.data, images)
    convert("split_dataset", images, split, f"--fractions={options.fractions}", "--seed=1")
    if not options.images_per_class:
        return split
    sliced = Path(f"{stem}_{options.images_per_class}")
    convert("slice_dataset", split, sliced, f"--size={options.images_per_class}", "--seed=1")
    return sliced


def convert(op: str, source: Path | str, dest: Path, *flags: str) -> None:
    """Convert a source with data_tools, unless that has been done."""
    if not dest.exists():
        call(
            "data_tools", "convert", f"--op={op}", f"--data_dir={source}", f"--dest={dest}", *flags
        )


def call(module: str, *arguments: str) -> None:
    """Run a module of this package, whose output is shown if it fails."""
    command = [sys.executable, "-m", module, *arguments]
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)
    if outcome.returncode:
        raise SystemExit(f"{' '.join(command)}\n{outcome.stdout}{outcome.stderr}")


def synthetic_images(data: Path, seed: int, minutes: float, options: argparse.Namespace) -> Path:
    """Train a GAN for its number of steps and generate images; return their folder.

    A run with fewer steps goes on where it ended, so minutes have to ascend; but not one whose
    learning rates have decayed by then.
    """
    flags = [f"--data={data}", f"--gan={options.gan}", "--precision=auto", *options.flags.split()]
    settings = options.flags.replace("--", "").replace("/", "_").split()
    name = "_".join([data.name, options.gan, *settings])
    timed = options.work_dir / f"{name}.json"
    if not timed.exists():
        timed.write_text(json.dumps({"seconds_per_step": seconds_per_step(flags, options)}))
    steps = round(60 * minutes / json.loads(timed.read_text())["seconds_per_step"])
    run = f"{name}_{seed}_{steps}_steps" if "--decay_start" in options.flags else f"{name}_{seed}"
    run_dir = options.work_dir / run
    scale = "" if options.latent_scale == 1.0 else f"_{options.latent_scale:g}"
    images = Path(f"{run_dir}_{steps}_{options.synthetic_per_class}{scale}")
    if not images.exists():
        call("gan_tf.train", *flags, f"--seed={seed}", f"--steps={steps}", f"--run_dir={run_dir}")
        per_class = f"--images_per_class={options.synthetic_per_class}"
        scale = f"--latent_scale={options.latent_scale}"
        call("gan_tf.generate", f"--run_dir={run_dir}", per_class, scale, f"--dest={images}")
    return images


def seconds_per_step(flags: list[str], options: argparse.Namespace) -> float:
    """Return the time of a step in the fastest interval of a short run."""
    run_dir = options.work_dir / "timed"
    shutil.rmtree(run_dir, ignore_errors=True)
    call("gan_tf.train", *flags, f"--steps={TIMED_STEPS}", "--log_every=25", f"--run_dir={run_dir}")
    lines = (run_dir / "timing.jsonl").read_text().splitlines()
    shutil.rmtree(run_dir)
    return 1.0 / max(json.loads(line)["steps_per_second"] for line in lines)


def score(images: Path, data: Path, split: str, options: argparse.Namespace) -> float:
    """Return the mean score, on a split of ``data``, of classifiers trained on ``images``."""
    values = []
    for seed in range(options.classifier_seeds):
        file = Path(f"{classifier_stem(images, seed, options)}_{split}.json")
        scores = json.loads(file.read_text()) if file.exists() else {}
        if options.score not in scores:
            held_out = loaded(data, split)
            labels = predicted(images, held_out.images, seed, options)
            scores = {name: float(f(held_out.labels, labels)) for name, f in SCORES.items()}
            file.write_text(json.dumps(scores))
        values.append(scores[options.score])
    return statistics.mean(values)


@functools.lru_cache(maxsize=4)
def loaded(folder: Path, split: str = "train") -> LabeledImages:
    """Return the images of a split, which several classifiers learn from or are scored on."""
    return load_images(str(folder), split)


def shares_recognized(synthetic: Path, data: Path, options: argparse.Namespace) -> list[float]:
    """Return the share of each class that a classifier of real images reads as that class."""
    file = Path(f"{classifier_stem(synthetic, 0, options)}_recognized.json")
    if not file.exists():
        images = loaded(synthetic)
        is_right = predicted(data, images.images, 0, options) == images.labels
        labels = range(len(images.class_names))
        shares = [float(is_right[images.labels == label].mean()) for label in labels]
        file.write_text(json.dumps({"shares": shares}))
    return json.loads(file.read_text())["shares"]


def least_variety(synthetic: Path, data: Path) -> float:
    """Return the smallest ratio, over classes, of mean distances between two images of a class."""

    def mean_distances(images: LabeledImages) -> list[float]:
        pixels = images.images.reshape(len(images.labels), -1).astype(np.float32)
        labels = range(len(images.class_names))
        return [float(pdist(pixels[images.labels == k][:VARIETY_IMAGES]).mean()) for k in labels]

    pairs = zip(mean_distances(loaded(synthetic)), mean_distances(loaded(data)), strict=True)
    return min(made / real for made, real in pairs)


def classifier_stem(images: Path, seed: int, options: argparse.Namespace) -> str:
    """Return the start of the names of the files of a classifier."""
    return f"{images}_{options.classifier}_{options.classifier_steps}_{seed}"


def predicted(
    training: Path, images: np.ndarray, seed: int, options: argparse.Namespace
) -> np.ndarray:
    """Return the classes, int [n], that a classifier trained on a folder reads in images.

    It is trained unless its weights are there.
    """
    file = Path(f"{classifier_stem(training, seed, options)}.npz")
    labeled = loaded(training)
    num_classes = len(labeled.class_names)
    if not file.exists():
        fitted = fit(
            ImageSet(labeled.images, labeled.labels),
            FitOptions(options.classifier, steps=options.classifier_steps),
            num_classes=num_classes,
            seed=seed,
        )
        np.savez(file, *fitted.network.get_weights())
    classifier = recipe(options.classifier)
    network = classifier.network(labeled.image_shape, num_classes, seed, None)
    with np.load(file) as weights:
        network.set_weights(list(weights.values()))
    return Predictor(network, classifier.pixel_range)(images).argmax(1)


if __name__ == "__main__":
    main()
