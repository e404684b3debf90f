"""The transposed convolution of [Baker2018]: kernel 5x5, stride 2, "same"."""

import keras
import tensorflow as tf

KERNEL_SIZE = 5
STRIDE = 2
FEW_FILTERS = 4


def transposed_convolution(features: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """``tf.nn.conv2d_transpose`` of stride 2 and "same" padding, faster for an image's channels.

    With one or three filters TensorFlow's kernel takes on a CPU two to three times as long as the
    same sums as a 3x3 convolution to four times the filters, one for each pixel of a 2x2 cell (Shi
    et al., 2016). Its gradients are fast, so they are kept.

    Args:
      features: float [batch, height, width, channels].
      kernel: float [5, 5, filters, channels].

    Returns:
      Float [batch, 2 * height, 2 * width, filters], equal to the plain one up to rounding.
    """
    if kernel.shape[2] > FEW_FILTERS:
        return _plain(features, kernel)
    return _by_cells(features, kernel)


def _plain(features: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    batch, height, width = tf.shape(features)[0], *features.shape[1:3]
    shape = [batch, STRIDE * height, STRIDE * width, kernel.shape[2]]
    return tf.nn.conv2d_transpose(features, kernel, shape, STRIDE)


@tf.custom_gradient
def _by_cells(features: tf.Tensor, kernel: tf.Tensor):
    images = tf.nn.depth_to_space(tf.nn.conv2d(features, cell_kernel(kernel), 1, "SAME"), STRIDE)

    def gradient(upstream):
        to_features = tf.nn.conv2d(upstream, kernel, STRIDE, "SAME")
        to_kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=upstream,
            filter_sizes=kernel.shape.as_list(),
            out_backprop=features,
            strides=[1, STRIDE, STRIDE, 1],
            padding="SAME",
        )
        return to_features, to_kernel

    return images, gradient


def cell_kernel(kernel: tf.Tensor) -> tf.Tensor:
    """The kernel of the 3x3 convolution that computes all pixels of a 2x2 cell.

    Output pixel ``2 q + p`` of the transposed convolution sums input ``q + d`` times kernel row
    ``1 + p - 2 d`` for d = -1, 0, 1 (rows outside 0..4 are zero), and so for columns.

    Args:
      kernel: float [5, 5, filters, channels].

    Returns:
      Float [3, 3, channels, 4 * filters], for ``tf.nn.depth_to_space``.
    """
    filters, channels = kernel.shape[2:]
    padded = tf.pad(kernel, [[0, 1], [0, 1], [0, 0], [0, 0]])
    # Row KERNEL_SIZE is the zero that was appended.
    rows = [
        row if 0 <= (row := 1 + p - 2 * d) < KERNEL_SIZE else KERNEL_SIZE
        for d in (-1, 0, 1)
        for p in (0, 1)
    ]
    chosen = tf.gather(tf.gather(padded, rows, axis=0), rows, axis=1)
    cells = tf.reshape(chosen, [3, 2, 3, 2, filters, channels])
    return tf.reshape(tf.transpose(cells, [0, 2, 5, 1, 3, 4]), [3, 3, channels, 4 * filters])


class TransposedConvolution(keras.layers.Conv2DTranspose):
    """Keras' layer, computed by ``transposed_convolution``.

    Args:
      filters: channels of the result.
      **options: of ``keras.layers.Conv2DTranspose``; kernel, stride and padding are [Baker2018]'s.
    """

    def __init__(self, filters: int, **options):
        super().__init__(filters, KERNEL_SIZE, strides=STRIDE, padding="same", **options)

    def call(self, features):
        """Features float [batch, height, width, channels] to twice the edge."""
        images = transposed_convolution(features, tf.convert_to_tensor(self.kernel))
        return self.activation(images + tf.convert_to_tensor(self.bias))
