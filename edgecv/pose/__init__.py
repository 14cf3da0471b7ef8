import os

# onnxruntime's packages for Linux (1.31) report their use to Microsoft unless they are told not to.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
