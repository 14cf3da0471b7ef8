"""What only the appliance image runs: the import of the boot file, and the board's light."""
