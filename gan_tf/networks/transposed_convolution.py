"""The transposed convolution of [Baker2018]: kernel 5x5, stride 2, "same"."""

import keras
import tensorflow as tf

KERNEL_SIZE = 5
STRIDE = 2
FEW_FILTERS = 4


def transposed_convolution(features: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Compute ``tf.nn.conv2d_transpose`` with stride 2 and "same" padding, faster for few filters.

    With one or three filters (an image's channels) TensorFlow's CPU kernel takes two to three times
    as long as the equivalent 3x3 convolution to four times the filters, one per pixel of a 2x2 cell
    (Shi et al., 2016). TensorFlow's gradients are fast, so they are kept.

    Args:
      features: float [batch, height, width, channels].
      kernel: float [5, 5, filters, channels].

    Returns:
      Float [batch, 2 * height, 2 * width, filters], equal to TensorFlow's up to rounding.
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
    """Return the kernel of the 3x3 convolution that computes all pixels of a 2x2 cell.

    Output pixel ``2 q + p`` of the transposed convolution sums input ``q + d`` times kernel row
    ``1 + p - 2 d`` for d = -1, 0, 1 (rows outside 0..4 are zero); likewise for columns.

    Args:
      kernel: float [5, 5, filters, channels].

    Returns:
      Float [3, 3, channels, 4 * filters], for ``tf.nn.depth_to_space``.
    """
    filters, channels = kernel.shape[2:]
    padded = tf.pad(kernel, [[0, 1], [0, 1], [0, 0], [0, 0]])
    # Row KERNEL_SIZE is the appended row of zeros.
    rows = [
        row if 0 <= (row := 1 + p - 2 * d) < KERNEL_SIZE else KERNEL_SIZE
        for d in (-1, 0, 1)
        for p in (0, 1)
    ]
    taps = tf.gather(tf.gather(padded, rows, axis=0), rows, axis=1)
    cells = tf.reshape(taps, [3, 2, 3, 2, filters, channels])
    return tf.reshape(tf.transpose(cells, [0, 2, 5, 1, 3, 4]), [3, 3, channels, 4 * filters])


class TransposedConvolution(keras.layers.Conv2DTranspose):
    """A Keras layer that computes ``transposed_convolution``.

    Args:
      filters: number of output channels.
      **options: passed to ``keras.layers.Conv2DTranspose``; kernel size, stride and padding are
        those of [Baker2018].
    """

    def __init__(self, filters: int, **options):
        super().__init__(filters, KERNEL_SIZE, strides=STRIDE, padding="same", **options)

    def call(self, features):
        """Convolve features, float [batch, height, width, channels]; doubles height and width."""
        images = transposed_convolution(features, tf.convert_to_tensor(self.kernel))
        return self.activation(images + tf.convert_to_tensor(self.bias))
