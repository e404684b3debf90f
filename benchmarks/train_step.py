"""Seconds per training step of this package, PyTorch and Keras' fit.

  pip install 'torch==2.13.*'
  python benchmarks/train_step.py --gan=cdcgan            # [Baker2018]'s networks for 28x28x1
  python benchmarks/train_step.py --gan=dcgan             # and for 64x64x3
  python benchmarks/train_step.py --gan=projection_gan --isa=native,avx2

A step is one discriminator and two generator updates on a batch of 64 (one, with an R1 penalty at
every fourth real image, for the projection GAN), with the averaged generator where the peer has
one. About --isa see benchmarks/variants.py; where bfloat16 would be emulated it is left out. Every
variant has a process of its own, which is warmed up and then takes turns with the others, so that a
slow moment of the machine affects all of them; medians are reported. The best variant of each side
is compared.
The share of the peak relates the multiplications that the step needs (without label planes and
unused gradients) to a product of large matrices.
"""

import argparse
import importlib
import importlib.util
import statistics

from variants import ISAS, Variant, serve

SIDES = {
    "ours": ("float32", "mixed_bfloat16"),
    "keras": ("float32", "mixed_bfloat16"),
    "torch": (
        "float32,contiguous",
        "float32,channels_last",
        "bfloat16,contiguous",
        "bfloat16,channels_last",
    ),
}
PEAKS = ("float32", "bfloat16")
GANS = ("cdcgan", "dcgan", "projection_gan")


def main() -> None:
    """Time all variants in turn and print a line for each, then the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gan", choices=GANS, default="cdcgan")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--steps", type=int, default=5, help="steps per variant and round")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--isa", default="native", help=f"comma-separated: {', '.join(ISAS)}")
    parser.add_argument("--side", help="used by the benchmark itself")
    parser.add_argument("--variant", help="used by the benchmark itself")
    options = parser.parse_args()
    if options.side:
        side = importlib.import_module(f"train_step_{options.side}")
        run_steps = side.make_runner(options.gan, options.variant, options.threads)
        run_steps(3)
        serve(lambda: run_steps(options.steps))
    else:
        compare(options)


def compare(options: argparse.Namespace) -> None:
    """Start a process per variant and time them in turn."""
    sides = dict(SIDES)
    if options.gan == "projection_gan":
        del sides["keras"]
    if importlib.util.find_spec("torch") is None:
        print("PyTorch is not installed; its lines are omitted")
        del sides["torch"]
    variants = [(side, variant) for side, names in sides.items() for variant in names]
    variants += [("peak", dtype) for dtype in PEAKS]
    isas = options.isa.split(",")
    arguments = [__file__, *(f"--{x}={getattr(options, x)}" for x in ("gan", "steps", "threads"))]
    processes = {
        (isa, side, variant): Variant([*arguments, f"--side={side}", f"--variant={variant}"], isa)
        for isa in isas
        for side, variant in variants
        if ISAS[isa].has_bfloat16 or "bfloat16" not in variant
    }
    seconds = {key: [] for key in processes}
    for _ in range(options.rounds):
        for key, process in processes.items():
            seconds[key].append(process.seconds() / options.steps)
    for process in processes.values():
        process.close()
    print(f"{options.gan}, batch 64: {needed_flops(options.gan) / 1e9:.1f} GFLOP needed per step")
    for isa in isas:
        print(f"{isa}:")
        medians = {
            (side, variant): statistics.median(times)
            for (timed_isa, side, variant), times in seconds.items()
            if timed_isa == isa
        }
        report(options.gan, medians)


def report(gan: str, medians: dict[tuple[str, str], float]) -> None:
    """Print medians, shares of the peak and ratios."""
    needed = needed_flops(gan)
    peak = {
        variant: matrix_flops() / seconds
        for (side, variant), seconds in medians.items()
        if side == "peak"
    }
    for dtype, flops in peak.items():
        print(f"matrix product in {dtype}: {flops / 1e9:.0f} GFLOP/s")
    best = {}
    for (side, variant), seconds in medians.items():
        if side == "peak":
            continue
        share = needed / seconds / peak["bfloat16" if "bfloat16" in variant else "float32"]
        print(f"{side:6} {variant:24} {1e3 * seconds:7.1f} ms per step, {share:.2f} of the peak")
        best[side] = min(best.get(side, seconds), seconds)
    for side in set(best) - {"ours"}:
        print(f"ours against {side}: {best[side] / best['ours']:.2f} times as fast")


def matrix_flops() -> float:
    """Return the operations of the product that measures the peak: two 2048x2048 matrices."""
    return 2 * 2048**3


def needed_flops(gan: str, batch_size: int = 64) -> float:
    """Return the operations of a step, two for each multiplication.

    The forward pass of a layer and its gradients with respect to weights and inputs take the same
    number of multiplications. The discriminator update needs only the forward pass of the generator
    and no gradient with respect to images, the generator updates none with respect to the
    discriminator's weights or noise. The penalty is a squared norm of a gradient, for which each
    layer multiplies four times: forward, backward, and back through the latter, with respect to
    gradients and weights.
    """
    # Multiplications per image in each layer, from the first: output positions times inputs per
    # position times outputs; input positions for a transposed convolution.
    generator, discriminator = {
        "cdcgan": (
            [110 * 1024, 1034 * 6272, 49 * 25 * 128 * 128, 196 * 25 * 128],
            [196 * 25 * 11, 49 * 25 * 11 * 74, 3636 * 1024, 1034],
        ),
        "dcgan": (
            [100 * 8192, 16 * 25 * 512 * 256, 64 * 25 * 256 * 128, 256 * 25 * 128 * 64]
            + [1024 * 25 * 64 * 3],
            [1024 * 25 * 3 * 64, 256 * 25 * 64 * 128, 64 * 25 * 128 * 256, 16 * 25 * 256 * 512]
            + [8192],
        ),
        "projection_gan": (
            [32 * 6272, 49 * 16 * 128 * 64, 196 * 16 * 64 * 32, 784 * 9 * 32],
            [784 * 9 * 32, 196 * 16 * 32 * 64, 196 * 9 * 64 * 64, 49 * 16 * 64 * 128]
            + [49 * 9 * 128 * 128, 138],
        ),
    }[gan]
    generator_total, discriminator_total = sum(generator), sum(discriminator)
    discriminator_update = generator_total + 2 * (3 * discriminator_total - discriminator[0])
    generator_update = 3 * generator_total - generator[0] + 2 * discriminator_total
    if gan == "projection_gan":
        return 2.0 * batch_size * (discriminator_update + discriminator_total + generator_update)
    return 2.0 * batch_size * (discriminator_update + 2 * generator_update)


if __name__ == "__main__":
    main()
