"""Scores every recording of a folder, on several processes."""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from edgecv.bench.reps.labels import Label
from edgecv.bench.reps.poses import cached, find_poses, read_poses
from edgecv.bench.reps.score import ClipScore, score_clip
from edgecv.errors import EdgecvError

Step = Callable[[], None]
"""Called when one more recording is done."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The recordings that could be scored, in the order of the labels, and the others."""

    clips: list[ClipScore] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """File and why."""


def evaluate(
    folder: Path,
    labels: Sequence[Label],
    *,
    poses: Path | None = None,
    jobs: int = 1,
    step: Step = lambda: None,
) -> Evaluation:
    """Score each recording; `poses`: a folder with traces to take their poses from."""
    found = in_parallel(partial(_score, folder, poses), labels, jobs, step)
    evaluation = Evaluation()
    for label, result in zip(labels, found, strict=True):
        if isinstance(result, str):
            evaluation.skipped[label.file] = result
        else:
            evaluation.clips.append(result)
    return evaluation


def in_parallel(
    work: Callable[[Label], ClipScore | str], labels: Sequence[Label], jobs: int, step: Step
) -> list[ClipScore | str]:
    """The results of `work`, which can be pickled, in the order of `labels`."""
    results: dict[int, ClipScore | str] = {}
    if jobs == 1:
        for number, label in enumerate(labels):
            results[number] = work(label)
            step()
    else:
        with _processes(jobs) as pool:
            waiting = {pool.submit(work, label): number for number, label in enumerate(labels)}
            for done in as_completed(waiting):
                results[waiting[done]] = done.result()
                step()
    return [results[number] for number in range(len(labels))]


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    # Forked children would inherit locks that threads of OpenCV and onnxruntime hold.
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _score(folder: Path, poses: Path | None, label: Label) -> ClipScore | str:
    """The score, or why there is none."""
    recording = folder / label.file
    try:
        path = cached(recording, poses)
        if not path.is_file():
            find_poses(recording, path)
        trace, samples = read_poses(path)
    except FileNotFoundError:
        return "no such file"
    except OSError as error:
        return f"can't be read: {error.strerror or error}"
    except EdgecvError as error:
        return str(error)
    if not samples:
        return "holds no frame"
    return score_clip(samples, label, trace.skeleton, (trace.header.width, trace.header.height))
