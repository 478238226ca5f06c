"""The loss surface around a trained net: class gradients, interference planes, sweeps."""
