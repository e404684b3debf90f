"""A folder of pictures that show what lies between the images that a run generates."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from data_tools.files.staging import staged
from data_tools.formats.image_grid import image_grid
from data_tools.formats.images import encode_png
from gan_tf.runs.generated_folder import sampled_classes
from gan_tf.runs.interpolation.animation import encode_gif
from gan_tf.runs.interpolation.options import InterpolationOptions
from gan_tf.runs.interpolation.paths import PathRenderer, closed_loop, latent_path
from gan_tf.runs.options import SampleOptions
from gan_tf.runs.sampling import ImageSampler, recalibrate_batch_norm
from gan_tf.runs.trained_run import trained_run

#: Rows of an unconditional family, which has no classes.
UNCONDITIONAL_ROWS = 8


def interpolate(
    run_dir: Path, dest: Path, samples: SampleOptions, options: InterpolationOptions
) -> list[str]:
    """Write pictures of the images between those that ``generate`` writes with these options.

    - ``latents.png`` has one row per class, from its first generated image to its second.
    - ``classes.png`` has one row per class, from it to the next one (from the last to the first),
      all of them with the latent vector of the first class's first image. It is left out if
      there is a single class.
    - ``loop.gif`` shows one image per class, which passes its first ``options.anchors`` generated
      images and returns to the first.
    - ``interpolation.json`` has the run, its checkpoint and the options.

    An unconditional run has ``UNCONDITIONAL_ROWS`` rows instead, each with ``options.anchors``
    generated images of its own.

    Args:
      run_dir: the run directory.
      dest: folder to create.
      samples: the generated images between which to interpolate; their number is ignored.
      options: the interpolations.

    Returns:
      The names of the pictures.

    Raises:
      InputError: there is no such run, checkpoint or class, the run translates images, or ``dest``
        exists.
    """
    run = trained_run(run_dir, samples.step, translates=False)
    family = run.train_state.family
    generator = run.train_state.averages["generator"].network
    classes = sampled_classes(run_dir, run, samples.labels)
    recalibrate_batch_norm(family, generator, run.data, run.config.seed)
    sampler = ImageSampler(family, generator, samples)
    renderer = PathRenderer(family, generator, len(run.data.class_names))
    if family.conditional:
        rows = [(label, sampler.latents(label, options.anchors)) for label in classes]
    else:
        latents = sampler.latents(0, UNCONDITIONAL_ROWS * options.anchors)
        rows = [(0, anchors) for anchors in np.split(latents, UNCONDITIONAL_ROWS)]
    pictures = {
        "latents.png": encode_png(image_grid(_latent_rows(renderer, rows, options))),
        "loop.gif": encode_gif(_loop_frames(renderer, rows, options)),
    }
    if family.conditional and len(classes) > 1:
        pictures["classes.png"] = encode_png(image_grid(_class_rows(renderer, rows, options)))
    arguments = run.arguments | samples.arguments() | asdict(options)
    del arguments["images_per_class"]
    with staged(dest) as partial:
        for name, content in pictures.items():
            (partial / name).write_bytes(content)
        text = json.dumps(arguments | {"classes": list(classes.values())}, indent=2)
        (partial / "interpolation.json").write_text(text + "\n", encoding="utf-8")
    return sorted(pictures)


def _latent_rows(
    renderer: PathRenderer,
    rows: Sequence[tuple[int, np.ndarray]],
    options: InterpolationOptions,
) -> list[np.ndarray]:
    return [
        renderer.of_class(label, latent_path(*anchors[:2], options.interpolation_images))
        for label, anchors in rows
    ]


def _class_rows(
    renderer: PathRenderer,
    rows: Sequence[tuple[int, np.ndarray]],
    options: InterpolationOptions,
) -> list[np.ndarray]:
    labels = [label for label, _ in rows]
    latent = rows[0][1][0]
    return [
        renderer.between_classes(start, end, latent, options.interpolation_images)
        for start, end in zip(labels, [*labels[1:], labels[0]], strict=True)
    ]


def _loop_frames(
    renderer: PathRenderer,
    rows: Sequence[tuple[int, np.ndarray]],
    options: InterpolationOptions,
) -> list[np.ndarray]:
    """Return frames that show one image per row, in a grid that is nearly square."""
    loops = [
        renderer.of_class(label, closed_loop(anchors, options.interpolation_images - 1))
        for label, anchors in rows
    ]
    num_columns = int(np.ceil(np.sqrt(len(loops))))
    starts = range(0, len(loops), num_columns)
    return [
        image_grid([frame[i : i + num_columns] for i in starts])
        for frame in zip(*loops, strict=True)
    ]
