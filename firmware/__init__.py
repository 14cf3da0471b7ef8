"""The recipe of the appliance image."""
