"""A network's layers as a line of text, to compare with a printed architecture."""

import keras

from gan_tf.networks.conditional_batch_normalization import ConditionalBatchNormalization
from gan_tf.networks.cyclegan import InstanceNormalization, ReflectionPadding
from gan_tf.networks.dropout import Dropout
from gan_tf.networks.label_convolutions import LabelConvolution, LabelTransposedConvolution
from gan_tf.networks.upsampling_convolution import UpsamplingConvolution

# The first match counts; "y" marks layers that see the label.
KINDS = {
    LabelConvolution: "y:conv",
    LabelTransposedConvolution: "y:upconv",
    UpsamplingConvolution: "enlarge:conv",
    keras.layers.Conv2DTranspose: "upconv",
    keras.layers.Conv2D: "conv",
    keras.layers.Dense: "dense",
    ConditionalBatchNormalization: "y:norm",
    keras.layers.BatchNormalization: "norm",
    InstanceNormalization: "norm",
    keras.layers.ReLU: "relu",
    keras.layers.LeakyReLU: "leaky",
    keras.layers.UpSampling2D: "enlarge",
    keras.layers.Reshape: "reshape",
    keras.layers.Flatten: "flatten",
    keras.layers.Concatenate: "y",
    keras.layers.Dot: "dot",
    keras.layers.ZeroPadding2D: "pad",
    keras.layers.Cropping2D: "crop",
    ReflectionPadding: "mirror",
    keras.layers.Add: "add",
    Dropout: "dropout",
}


def layer_order(network: keras.Model) -> str:
    """Return kind, kernel size/stride and activation of each layer, such as ``conv4/1+tanh``."""
    return " ".join(
        _described(layer)
        for layer in network.layers
        if not isinstance(layer, keras.layers.InputLayer)
    )


def _described(layer: keras.layers.Layer) -> str:
    text = next(name for kind, name in KINDS.items() if isinstance(layer, kind))
    if "conv" in text:
        (edge, _), (stride, _) = layer.kernel_size, layer.strides
        text += f"{edge}/{stride}"
    if isinstance(layer, keras.layers.UpSampling2D):
        text += str(layer.size[0])
    # ReLU and leaky ReLU are layers of their own, without an ``activation``.
    activation = getattr(layer, "activation", keras.activations.linear)
    if activation is not keras.activations.linear:
        text += f"+{activation.__name__}"
    return text
