"""Tables, figures, pages and TensorBoard scalars of a study."""
