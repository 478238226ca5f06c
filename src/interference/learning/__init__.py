"""Training a net: images on a device, optimiser, the epoch loop, predictions, checkpoints."""
