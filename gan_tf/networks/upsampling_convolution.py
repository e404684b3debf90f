"""A 3x3 convolution of features whose pixels are repeated to 2x2, without repeating them.

A convolution after nearest-neighbor upsampling avoids the checkerboards of transposed convolutions
(Odena et al., "Deconvolution and Checkerboard Artifacts", 2016). Each of its 9 taps falls on one of
only 4 pixels of the smaller map, so adding up the taps that fall on the same pixel leaves a 4x4
transposed convolution with stride 2: 4/9 of the multiplications, with equal results.
"""

import keras
import tensorflow as tf

# Row of the 4x4 kernel -> sum of these rows of the 3x3 kernel; likewise for columns. Output rows 2q
# and 2q + 1 of a transposed convolution see input row q through kernel rows 1 and 2, row q - 1
# through row 3 and row q + 1 through row 0.
_SUMS = ((0, 0, 1), (0, 1, 1), (1, 1, 0), (1, 0, 0))


class UpsamplingConvolution(keras.layers.Conv2D):
    """Doubles height and width by repetition, then convolves 3x3 with "same" padding.

    Args:
      filters: number of output channels.
      **options: passed to ``keras.layers.Conv2D``.
    """

    def __init__(self, filters: int, **options):
        super().__init__(filters, 3, padding="same", **options)

    def call(self, features):
        """Convolve features, float [batch, height, width, channels]; doubles height and width."""
        kernel = tf.convert_to_tensor(self.kernel)
        sums = tf.constant(_SUMS, kernel.dtype)
        kernel = tf.einsum("ra,cb,abio->rcoi", sums, sums, kernel)
        batch, (height, width) = tf.shape(features)[0], features.shape[1:3]
        shape = [batch, 2 * height, 2 * width, self.filters]
        maps = tf.nn.conv2d_transpose(features, kernel, shape, strides=2)
        return self.activation(maps + tf.convert_to_tensor(self.bias))

    def compute_output_shape(self, input_shape):
        """Return [batch, 2 * height, 2 * width, filters]."""
        batch, height, width, _ = input_shape
        return (batch, 2 * height, 2 * width, self.filters)
