"""Results as figures, pages and TensorBoard scalars."""
