"""Sequence models: recurrent cells, the text they read, and the training-free metrics that are defined on them."""
