"""Real clips and models of others, which lie beside a developer's checkout and never in it."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared"
CLIPS = _SHARED / "clips"
MODELS = _SHARED / "models"

needs_clips = pytest.mark.skipif(not CLIPS.is_dir(), reason=f"no labelled clips in {CLIPS}")
needs_models = pytest.mark.skipif(not MODELS.is_dir(), reason=f"no models of others in {MODELS}")
