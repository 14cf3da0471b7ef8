"""Measurements of edgecv beside its bounds and its peers; nothing of it runs in the appliance."""
