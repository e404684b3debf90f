"""Convolutions that see a label as constant planes without convolving the planes.

[Baker2018], section 5.4 and tables 5.1 and 5.2, appends one plane per class to a feature map, all
ones where the label is that class. A convolution of a constant plane is the sum of the kernel taps
that fall inside the image, so two small matrix products replace the channels of the planes (10 of
11 in the first layer). Parameters and results equal those of the convolution over features and
planes.
"""

import keras
import tensorflow as tf

from gan_tf.networks.transposed_convolution import TransposedConvolution, transposed_convolution


class _WithLabels:
    """A mixin for Keras convolutions that are called with ``[features, labels]``."""

    @property
    def input_spec(self):
        """None, because Keras' own specification describes a single input."""

    @input_spec.setter
    def input_spec(self, _):
        pass

    def build(self, input_shape):
        """Create kernel and bias for the shapes of features and labels."""
        super().build(self._appended(input_shape))

    def compute_output_shape(self, input_shape):
        """Return the output shape for the shapes of features and labels."""
        return super().compute_output_shape(self._appended(input_shape))

    @staticmethod
    def _appended(input_shape):
        if len(input_shape) != 2:
            return input_shape  # Keras' own ``build`` passes the appended shape back in.
        (*features, channels), (_, num_classes) = input_shape
        return (*features, channels + num_classes)


class LabelConvolution(_WithLabels, keras.layers.Conv2D):
    """A "same" convolution of features with appended label planes.

    Call it with ``[features, labels]``: float [batch, height, width, channels] and one-hot float
    [batch, num_classes] (each row must sum to 1). The kernel is that of a convolution over
    ``channels + num_classes`` channels.
    """

    def call(self, inputs):
        """Convolve features and labels; see the class."""
        features, labels = inputs
        feature_kernel, label_kernel = _split_kernel(self.kernel, inputs, axis=2)
        rows, columns = self.kernel_size
        each_tap = tf.reshape(tf.eye(rows * columns), [rows, columns, 1, -1])
        inside = tf.nn.conv2d(_ones_like(features), each_tap, self.strides, "SAME")
        taps = tf.transpose(label_kernel, [0, 1, 3, 2])
        images = tf.nn.conv2d(features, feature_kernel, self.strides, "SAME")
        return self.activation(images + _label_term(inside, taps, labels, self.bias, images))


class LabelTransposedConvolution(_WithLabels, TransposedConvolution):
    """[Baker2018]'s transposed convolution of features with appended label planes.

    Its inputs are those of ``LabelConvolution``.
    """

    def call(self, inputs):
        """Convolve features and labels; see ``LabelConvolution``."""
        features, labels = inputs
        feature_kernel, label_kernel = _split_kernel(self.kernel, inputs, axis=3)
        rows, columns = self.kernel_size
        each_tap = tf.reshape(tf.eye(rows * columns), [rows, columns, -1, 1])
        inside = transposed_convolution(_ones_like(features), each_tap)
        images = transposed_convolution(features, feature_kernel)
        return self.activation(
            images + _label_term(inside, label_kernel, labels, self.bias, images)
        )


def _split_kernel(kernel, inputs, axis: int) -> list[tf.Tensor]:
    """Return the parts of a kernel that apply to the features and to the label planes."""
    return tf.split(tf.convert_to_tensor(kernel), [x.shape[-1] for x in inputs], axis)


def _ones_like(features: tf.Tensor) -> tf.Tensor:
    """Return one float32 plane of ones with the features' height and width."""
    return tf.ones([1, *features.shape[1:3], 1])


def _label_term(
    inside: tf.Tensor, taps: tf.Tensor, labels: tf.Tensor, bias, images: tf.Tensor
) -> tf.Tensor:
    """Return the contribution of label planes and bias, with the shape and dtype of ``images``.

    Args:
      inside: [1, height, width, num_taps]: 1 where that tap of the kernel falls inside the plane at
        this position of the result, 0 where it falls outside.
      taps: the part of the kernel that applies to the planes, [rows, columns, filters,
        num_classes].
      labels: [batch, num_classes], rows sum to 1.
      bias: [filters].
      images: contribution of the features, [batch, height, width, filters].
    """
    num_taps, num_classes = inside.shape[-1], taps.shape[-1]
    inside = tf.cast(tf.reshape(inside, [-1, num_taps]), taps.dtype)
    maps = tf.matmul(inside, tf.reshape(taps, [num_taps, -1]))
    maps = tf.reshape(maps, [inside.shape[0], -1, num_classes])
    maps = tf.reshape(maps + tf.convert_to_tensor(bias)[:, tf.newaxis], [-1, num_classes])
    label_maps = tf.matmul(tf.cast(labels, maps.dtype), maps, transpose_b=True)
    return tf.reshape(label_maps, tf.shape(images))
