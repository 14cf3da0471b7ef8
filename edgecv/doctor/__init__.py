"""What is wrong with this box, looked at in the order in which a technician thinks."""
