"""FEATURES and PROJECTIONS: what a map of images can be made by, without heavy imports."""

from typing import NamedTuple


class FeatureKind(NamedTuple):
    """An entry of FEATURES.

    Attributes:
      is_trained: True where a classifier learns from real images that the map does not show.
      edge: height and width to which images are brought for a network of keras.applications,
        whose file of weights must be given; 0 for the others.
    """

    is_trained: bool
    edge: int


FEATURES = {
    "pixels": FeatureKind(False, 0),
    "lenet": FeatureKind(True, 0),
    "resnet20": FeatureKind(True, 0),
    "resnet50": FeatureKind(False, 224),
    "xception": FeatureKind(False, 299),
}

#: Two principal components, or t-SNE.
PROJECTIONS = ("pca", "tsne")
