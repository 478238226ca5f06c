"""How a machine computes: device and precision, fused nets, captured steps, the cluster."""
