"""A recording's count beside the label that lies next to it."""

from pathlib import Path
from typing import Any

from edgecv.bench.reps.labels import LABELS, Label, exercise_named, load_labels
from edgecv.bench.reps.score import ModeScore, score_findings
from edgecv.findings import Findings
from edgecv.taught import known_exercises
from edgecv.words import spaced


def label_beside(recording: Path) -> Label | None:
    """What the `labels.json` next to a recording says of it; a trace may have the name of the video
    that it was made of. Raises ConfigError for labels that can't be read."""
    folder = recording.parent
    if not (folder / LABELS).is_file():
        return None
    labels = {label.file: label for label in load_labels(folder)}
    stems = {Path(name).stem: label for name, label in labels.items()}
    return labels.get(recording.name) or stems.get(recording.stem)


class Agreement:
    """What was found beside what was labelled."""

    def __init__(self, findings: Findings, label: Label) -> None:
        self._label = label
        self._exercise = (
            None if label.idle else exercise_named(label.exercise or "", known_exercises())
        )
        self._score: ModeScore = score_findings(findings, label, self._exercise)

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        label, score = self._label, self._score
        return {
            "exercise": self._exercise or label.exercise,
            "reps_accept": list(label.accepted),
            "count": score.count,
            "error": score.error,
            "label": score.label,
            "matched": score.matched,
            "labelled": len(label.rep_times_s or ()),
        }

    def __str__(self) -> str:
        label, score = self._label, self._score
        if label.idle:
            wrong = f"{score.count} counted" if score.count else "right"
            return f"nothing in it counts: {wrong}"
        name = spaced(self._exercise or label.exercise or "")
        if score.error is None:
            text = f"{name}, counted by nobody"
        else:
            verdict = "right" if score.error == 0 else f"off by {score.error}"
            text = f"{' or '.join(map(str, label.accepted))} {name}: {verdict}"
        if score.matched is not None:
            text += f"; {score.matched} of {len(label.rep_times_s or ())} at the labelled times"
        if score.label not in (None, self._exercise):
            text += f"; taken for {score.label.replace('_', ' ')}"
        return text
