"""Scripts that maintain the checkout: they make environments and list package versions."""
