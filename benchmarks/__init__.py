"""What jaxlab costs, as ratios of what JAX itself costs in the same run."""
