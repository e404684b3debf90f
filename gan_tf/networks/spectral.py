"""Spectral normalization: kernels divided by their largest singular value.

Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018), section
2.1 and algorithm 1. A convolution's kernel [height, width, inputs, filters] counts as the matrix
[height * width * inputs, filters], as there.

Keras has a layer of this name; up to 3.15 it lets gradients through the power iteration, moves it
with every call and overwrites the kernel, so this one is our own.
"""

import functools

import keras
from keras import ops

# Keeps a zero kernel from being divided by zero.
_TINY = 1e-12


class SpectralKernel:
    """Mixed into a layer with a ``kernel``: its value, divided by its largest singular value.

    The value is u' W v for the vector u [filters] that the layer keeps and v = W u / |W u|; both
    are constants to the gradient. ``iterate_power`` moves u towards the first singular vector.
    """

    def build(self, input_shape):
        """Adds u, which starts in a fixed direction, to the layer's state."""
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=[self._kernel.shape[-1]],
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=0),
            dtype="float32",
            trainable=False,
            autocast=False,
            # Every replica computes the same.
            aggregation="only_first_replica",
        )

    @property
    def kernel(self):
        """The normalized kernel."""
        kernel = ops.convert_to_tensor(super().kernel)
        matrix = self._matrix(kernel)
        u = _unit(self.u)
        v = ops.stop_gradient(_unit(ops.matmul(matrix, u)))
        largest = ops.dot(v, ops.matmul(matrix, u))
        return kernel / ops.cast(ops.maximum(largest, _TINY), kernel.dtype)

    def iterate_power(self):
        """One power iteration."""
        matrix = ops.stop_gradient(self._matrix(super().kernel))
        v = _unit(ops.matmul(matrix, self.u))
        self.u.assign(_unit(ops.matmul(v, matrix)))

    def _matrix(self, kernel):
        return ops.reshape(ops.cast(kernel, "float32"), [-1, kernel.shape[-1]])


@functools.cache
def spectral(layer: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    """A class of layers like ``layer``, which has a kernel [..., filters], with it normalized."""
    return type(f"Spectral{layer.__name__}", (SpectralKernel, layer), {})


def iterate_power(network: keras.Model) -> None:
    """One power iteration of every spectrally normalized layer; once a discriminator update."""
    for layer in network.layers:
        if isinstance(layer, SpectralKernel):
            layer.iterate_power()


def _unit(vector):
    return vector / ops.maximum(ops.norm(vector), _TINY)
