"""The public functions on arrays, nets and tensors."""
