"""Spectral normalization: kernels divided by their largest singular value.

Source: Miyato et al., "Spectral Normalization for Generative Adversarial Networks" (2018), section
2.1 and algorithm 1. As there, a convolution's kernel [height, width, inputs, filters] is treated as
a [height * width * inputs, filters] matrix.

Keras' own layer, up to 3.15, backpropagates through the power iteration, iterates in every call and
overwrites the kernel, so this is our own.
"""

import functools

import keras
from keras import ops

# Avoids dividing a zero kernel by zero.
_TINY = 1e-12


class SpectralKernel:
    """A mixin for layers with a ``kernel`` that divides it by its largest singular value.

    The singular value is v' W u for the vector u [filters], which is part of the layer's state, and
    v = W u / |W u|; gradients treat both as constants. ``iterate_power`` moves u towards the first
    singular vector.
    """

    def build(self, input_shape):
        """Add u, initialized to a fixed direction, to the layer's state."""
        super().build(input_shape)
        self.u = self.add_weight(
            name="u",
            shape=[self._kernel.shape[-1]],
            initializer=keras.initializers.RandomNormal(stddev=1.0, seed=0),
            dtype="float32",
            trainable=False,
            autocast=False,
            # All replicas compute the same value.
            aggregation="only_first_replica",
        )

    @property
    def kernel(self):
        """The kernel divided by its largest singular value."""
        kernel = ops.convert_to_tensor(super().kernel)
        matrix = self._matrix(kernel)
        u = _unit(self.u)
        v = ops.stop_gradient(_unit(ops.matmul(matrix, u)))
        largest = ops.dot(v, ops.matmul(matrix, u))
        return kernel / ops.cast(ops.maximum(largest, _TINY), kernel.dtype)

    def iterate_power(self):
        """Do one power iteration."""
        matrix = ops.stop_gradient(self._matrix(super().kernel))
        v = _unit(ops.matmul(matrix, self.u))
        self.u.assign(_unit(ops.matmul(v, matrix)))

    def _matrix(self, kernel):
        return ops.reshape(ops.cast(kernel, "float32"), [-1, kernel.shape[-1]])


@functools.cache
def spectral(layer: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    """Return ``layer``, a class with a kernel [..., filters], with spectral normalization."""
    return type(f"Spectral{layer.__name__}", (SpectralKernel, layer), {})


def iterate_power(network: keras.Model) -> None:
    """Do one power iteration of every spectrally normalized layer, once per update."""
    for layer in network.layers:
        if isinstance(layer, SpectralKernel):
            layer.iterate_power()


def _unit(vector):
    return vector / ops.maximum(ops.norm(vector), _TINY)
