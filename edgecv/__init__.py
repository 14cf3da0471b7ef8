"""A camera appliance that counts exercise repetitions and publishes them over MQTT."""

__version__ = "0.1.0"
