"""Convolutions that see a label as constant planes without computing on the planes.

[Baker2018], section 5.4 and tables 5.1 and 5.2, appends one plane a class to a feature map, all
ones where the label is that class. A convolution of constant planes is a sum of those taps of its
kernel that fall inside, so two small matrix products take the place of the planes' channels (10 of
11 in the first layer). Parameters and results are those of the convolution over features and
planes.
"""

import keras
import tensorflow as tf

from gan_tf.networks.transposed_convolution import TransposedConvolution, transposed_convolution


class _WithLabels:
    """Shapes of a Keras convolution that is called with ``[features, labels]``."""

    @property
    def input_spec(self):
        """None: Keras' own specification speaks of one input."""

    @input_spec.setter
    def input_spec(self, _):
        pass

    def build(self, input_shape):
        """Makes kernel and bias for the shapes of features and labels."""
        super().build(self._appended(input_shape))

    def compute_output_shape(self, input_shape):
        """Shape of the result for shapes of features and labels."""
        return super().compute_output_shape(self._appended(input_shape))

    @staticmethod
    def _appended(input_shape):
        if len(input_shape) != 2:
            return input_shape  # Keras' own ``build`` asks with what it was given.
        (*features, channels), (_, num_classes) = input_shape
        return (*features, channels + num_classes)


class LabelConvolution(_WithLabels, keras.layers.Conv2D):
    """A "same" convolution of features with label planes appended.

    Called with ``[features, labels]``: float [batch, height, width, channels] and float
    [batch, num_classes], one-hot (the sum of each row must be 1). The kernel is that of a
    convolution over ``channels + num_classes`` channels.
    """

    def call(self, inputs):
        """See the class."""
        features, labels = inputs
        own, of_labels = _parts(self.kernel, inputs, axis=2)
        rows, columns = self.kernel_size
        each_tap = tf.reshape(tf.eye(rows * columns), [rows, columns, 1, -1])
        inside = tf.nn.conv2d(_ones_like(features), each_tap, self.strides, "SAME")
        taps = tf.transpose(of_labels, [0, 1, 3, 2])
        images = tf.nn.conv2d(features, own, self.strides, "SAME")
        return self.activation(images + _of_planes(inside, taps, labels, self.bias, images))


class LabelTransposedConvolution(_WithLabels, TransposedConvolution):
    """[Baker2018]'s transposed convolution of features with label planes appended.

    Called as ``LabelConvolution``.
    """

    def call(self, inputs):
        """See ``LabelConvolution``."""
        features, labels = inputs
        own, of_labels = _parts(self.kernel, inputs, axis=3)
        rows, columns = self.kernel_size
        each_tap = tf.reshape(tf.eye(rows * columns), [rows, columns, -1, 1])
        inside = transposed_convolution(_ones_like(features), each_tap)
        images = transposed_convolution(features, own)
        return self.activation(images + _of_planes(inside, of_labels, labels, self.bias, images))


def _parts(kernel, inputs, axis: int) -> list[tf.Tensor]:
    """The parts of a kernel that meet the features and the planes."""
    return tf.split(tf.convert_to_tensor(kernel), [x.shape[-1] for x in inputs], axis)


def _ones_like(features: tf.Tensor) -> tf.Tensor:
    """One plane of the features' edge, float32."""
    return tf.ones([1, *features.shape[1:3], 1])


def _of_planes(
    inside: tf.Tensor, taps: tf.Tensor, labels: tf.Tensor, bias, images: tf.Tensor
) -> tf.Tensor:
    """What the label planes and the bias contribute, of the shape and type of ``images``.

    Args:
      inside: [1, height, width, num_taps]: 1 where the tap of the kernel meets the plane at this
        place of the result, 0 where it falls outside.
      taps: the part of the kernel that meets the planes, [rows, columns, filters, num_classes].
      labels: [batch, num_classes], each row of sum 1.
      bias: [filters].
      images: what the features contribute, [batch, height, width, filters].
    """
    num_taps, num_classes = inside.shape[-1], taps.shape[-1]
    inside = tf.cast(tf.reshape(inside, [-1, num_taps]), taps.dtype)
    maps = tf.matmul(inside, tf.reshape(taps, [num_taps, -1]))
    maps = tf.reshape(maps, [inside.shape[0], -1, num_classes])
    maps = tf.reshape(maps + tf.convert_to_tensor(bias)[:, tf.newaxis], [-1, num_classes])
    chosen = tf.matmul(tf.cast(labels, maps.dtype), maps, transpose_b=True)
    return tf.reshape(chosen, tf.shape(images))
