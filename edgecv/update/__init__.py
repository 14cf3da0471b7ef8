"""Updates of the appliance image: bundles for the slot that does not run."""
