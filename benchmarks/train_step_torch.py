"""The PyTorch side of train_step.py."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import nn

LATENT_DIM = 100
NUM_CLASSES = 10


class Peer(NamedTuple):
    """Networks and the updates of a step; an R1 penalty at every so manyth image, 0 for none."""

    generator: type[nn.Module]
    discriminator: type[nn.Module]
    image_shape: tuple[int, int, int]
    latent_dim: int = LATENT_DIM
    generator_updates: int = 2
    penalty_every: int = 0


def peers() -> dict[str, Peer]:
    """Return the peer of each of our GANs."""
    return {
        "cdcgan": Peer(ConditionalGenerator, ConditionalDiscriminator, (1, 28, 28)),
        "dcgan": Peer(Generator, Discriminator, (3, 64, 64)),
        "projection_gan": Peer(
            ProjectionGenerator,
            ProjectionDiscriminator,
            (1, 28, 28),
            latent_dim=32,
            generator_updates=1,
            penalty_every=4,
        ),
    }


def make_runner(gan: str, variant: str, num_threads: int) -> Callable[[int], None]:
    """Return a function that runs a number of steps on a batch of noise images."""
    torch.set_num_threads(num_threads)
    dtype, layout = variant.split(",")
    peer = peers()[gan]
    memory_format = getattr(
        torch, "channels_last" if layout == "channels_last" else "contiguous_format"
    )
    generator, discriminator, average = (
        build().to(memory_format=memory_format)
        for build in (peer.generator, peer.discriminator, peer.generator)
    )
    optimizers = [
        torch.optim.Adam(network.parameters(), 2e-4, betas=(0.5, 0.999), fused=True)
        for network in (generator, discriminator)
    ]
    images = torch.rand(64, *peer.image_shape).contiguous(memory_format=memory_format)
    labels = nn.functional.one_hot(torch.randint(0, NUM_CLASSES, (64,)), NUM_CLASSES).float()
    cross_entropy = nn.functional.binary_cross_entropy_with_logits
    ones, zeros = torch.ones(64, 1), torch.zeros(64, 1)

    def discriminate(images):
        return discriminator(images, labels).float()

    def fake():
        return generator(torch.randn(64, peer.latent_dim), labels)

    def update(network, optimizer, loss):
        optimizer.zero_grad()
        # Compute gradients of the updated network only.
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        for parameter, gradient in zip(network.parameters(), gradients, strict=True):
            parameter.grad = gradient
        optimizer.step()

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
            with torch.no_grad():
                fake_images = fake()
            loss = cross_entropy(discriminate(images), ones) + cross_entropy(
                discriminate(fake_images), zeros
            )
            if peer.penalty_every:
                every = peer.penalty_every
                loss = loss + r1_penalty(discriminator, images[::every], labels[::every])
        update(discriminator, optimizers[1], loss)
        for _ in range(peer.generator_updates):
            with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
                loss = cross_entropy(discriminate(fake()), ones)
            update(generator, optimizers[0], loss)
        with torch.no_grad():
            torch._foreach_lerp_(list(average.parameters()), list(generator.parameters()), 0.001)
        return loss

    def run_steps(count: int) -> None:
        for _ in range(count):
            loss = step()
        loss.item()

    return run_steps


def r1_penalty(discriminator, images, labels):
    """Return half the mean squared gradient of the logits with respect to images."""
    images = images.clone().requires_grad_()
    logits = discriminator(images, labels).float()
    (gradient,) = torch.autograd.grad(logits.sum(), images, create_graph=True)
    return 0.5 * gradient.square().sum((1, 2, 3)).mean()


def _up(inputs, outputs):
    return nn.ConvTranspose2d(inputs, outputs, 5, 2, padding=2, output_padding=1)


def _down(inputs, outputs):
    return nn.Conv2d(inputs, outputs, 5, 2, padding=2)


def _with_planes(x, labels):
    planes = labels[:, :, None, None].expand(-1, -1, *x.shape[2:])
    return torch.cat([x, planes.to(x.dtype)], 1)


def _with_labels(x, labels):
    return torch.cat([x, labels.to(x.dtype)], 1)


class ConditionalGenerator(nn.Module):
    """[Baker2018]'s conditional generator."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Linear(110, 1024), nn.BatchNorm1d(1024), nn.ReLU())
        self.second = nn.Sequential(nn.Linear(1034, 6272), nn.BatchNorm1d(6272), nn.ReLU())
        self.third = nn.Sequential(_up(138, 128), nn.BatchNorm2d(128), nn.ReLU())
        self.last = _up(138, 1)

    def forward(self, z, labels):
        """Return images in 0..1."""
        x = self.second(_with_labels(self.first(_with_labels(z, labels)), labels))
        x = self.third(_with_planes(x.reshape(-1, 128, 7, 7), labels))
        return torch.sigmoid(self.last(_with_planes(x, labels)).float())


class ConditionalDiscriminator(nn.Module):
    """[Baker2018]'s conditional discriminator."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(_down(11, 11), nn.LeakyReLU(0.2))
        self.second = nn.Sequential(_down(21, 74), nn.BatchNorm2d(74), nn.LeakyReLU(0.2))
        self.third = nn.Sequential(nn.Linear(3636, 1024), nn.BatchNorm1d(1024), nn.LeakyReLU(0.2))
        self.last = nn.Linear(1034, 1)

    def forward(self, images, labels):
        """Return logits."""
        x = self.second(_with_planes(self.first(_with_planes(images, labels)), labels))
        return self.last(_with_labels(self.third(_with_labels(x.flatten(1), labels)), labels))


class Generator(nn.Module):
    """[Baker2018]'s generator for 64x64x3."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(LATENT_DIM, 8192)
        layers = [nn.BatchNorm2d(512), nn.ReLU()]
        for inputs, outputs in ((512, 256), (256, 128), (128, 64)):
            layers += [_up(inputs, outputs), nn.BatchNorm2d(outputs), nn.ReLU()]
        self.rest = nn.Sequential(*layers, _up(64, 3))

    def forward(self, z, labels):
        """Return images in -1..1."""
        return torch.tanh(self.rest(self.first(z).reshape(-1, 512, 4, 4)).float())


class Discriminator(nn.Module):
    """[Baker2018]'s discriminator for 64x64x3."""

    def __init__(self):
        super().__init__()
        layers = [_down(3, 64), nn.LeakyReLU(0.2)]
        for inputs, outputs in ((64, 128), (128, 256), (256, 512)):
            layers += [_down(inputs, outputs), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(8192, 1))

    def forward(self, images, labels):
        """Return logits."""
        return self.layers(images)


class ConditionalBatchNorm(nn.Module):
    """Batch normalization with a gain and a shift for each class."""

    def __init__(self, channels):
        super().__init__()
        self.normalize = nn.BatchNorm2d(channels, affine=False)
        self.gain = nn.Parameter(torch.ones(NUM_CLASSES, channels))
        self.shift = nn.Parameter(torch.zeros(NUM_CLASSES, channels))

    def forward(self, x, labels):
        """Return features normalized for one-hot labels."""
        gain, shift = labels @ self.gain, labels @ self.shift
        x = self.normalize(x)
        return x * gain[:, :, None, None].to(x.dtype) + shift[:, :, None, None].to(x.dtype)


class ProjectionGenerator(nn.Module):
    """The projection GAN's generator."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(32, 6272)
        self.norms = nn.ModuleList(ConditionalBatchNorm(n) for n in (128, 64, 32))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 3, padding=1) for inputs, outputs in ((128, 64), (64, 32))
        )
        self.last = nn.Conv2d(32, 1, 3, padding=1)

    def forward(self, z, labels):
        """Return images in -1..1."""
        x = self.first(z).reshape(-1, 128, 7, 7)
        for norm, convolution in zip(self.norms, self.convolutions, strict=False):
            x = torch.relu(norm(x, labels))
            x = convolution(nn.functional.interpolate(x, scale_factor=2.0))
        return torch.tanh(self.last(torch.relu(self.norms[-1](x, labels))).float())


class ProjectionDiscriminator(nn.Module):
    """The projection GAN's discriminator."""

    def __init__(self):
        super().__init__()
        layers = [nn.Conv2d(1, 32, 3, padding=1), nn.LeakyReLU(0.2)]
        for inputs, outputs in ((32, 64), (64, 128)):
            layers += [nn.Conv2d(inputs, outputs, 4, 2, padding=1), nn.LeakyReLU(0.2)]
            layers += [nn.Conv2d(outputs, outputs, 3, padding=1), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.linear = nn.Linear(128, 1)
        self.embedding = nn.Linear(NUM_CLASSES, 128, bias=False)

    def forward(self, images, labels):
        """Return logits."""
        x = self.layers(images).sum((2, 3))
        return self.linear(x) + (self.embedding(labels) * x).sum(1, keepdim=True)
