"""`edgecv bench`: figures of this machine, beside bounds and peers."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecv.cli import bench_reps
from edgecv.errors import ConfigError

if TYPE_CHECKING:
    from edgecv.bench.report import Figure

EPILOG = """\
examples:
  edgecv bench fps
  edgecv bench pipeline --seconds 10
  edgecv bench capture --json
  edgecv bench reps clips

exit codes: 0 it was measured, whether or not each bound was reached (one that was not is marked);
1 the model or the disk failed; 2 wrong usage
"""
SUB_EPILOG = "exit code: 0 even where a bound was missed, which is marked"


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure this machine",
        description="Measure, and print the figures beside a bound or a peer.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    benches = parser.add_subparsers(dest="bench", required=True, metavar="BENCHMARK")
    fps = _add(
        *(benches, "fps", "how true the FPS meter is, on a made-up clock; takes seconds"),
        execute_fps,
    )
    fps.add_argument("--seconds", type=_positive, default=60.0, help="of each trace (default: 60)")
    fps.add_argument(
        "--seeds", type=_count, default=20, help="traces of each scenario (default: 20)"
    )
    model = _add(
        *(benches, "model", "what a model costs by stage, and what the loop around it adds"),
        execute_model,
    )
    model.add_argument("--model", default="blazepose-full", help="a name or an ONNX file")
    model.add_argument("--decoder", default="", help="what a file is to be taken for")
    model.add_argument(
        "--threads", type=_threads, default=0, help="(default: one fewer than there are cores)"
    )
    model.add_argument("--frames", type=_count, default=200, help="(default: 200)")
    pipeline = _add(
        *(benches, "pipeline", "how near the loop comes to what camera and model allow"),
        execute_pipeline,
    )
    pipeline.add_argument(
        "--seconds", type=_positive, default=10.0, help="of each of four runs (default: 10)"
    )
    capture = _add(
        *(benches, "capture", "what is saved by not decoding, and what idling costs"),
        execute_capture,
    )
    capture.add_argument(
        "--seconds", type=_positive, default=5.0, help="of idling in each repetition (default: 5)"
    )
    capture.add_argument(
        "--repetitions", type=_count, default=5, help="medians are of so many (default: 5)"
    )

    soak = _add(
        *(benches, "soak", "whether anything grows; takes ten minutes for 30 000 frames"),
        execute_soak,
    )
    soak.add_argument("--frames", type=_frames, default=30_000, help="(default: 30000)")
    journal = _add(
        *(benches, "journal", "what an hour of training writes to the disk"),
        execute_journal,
    )
    journal.add_argument(
        "--folder", type=Path, help="on the disk to be measured (default: for temporary files)"
    )
    bench_reps.add_parser(benches)


def _add(
    benches: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    execute: object,
) -> argparse.ArgumentParser:
    parser = benches.add_parser(
        name, help=what, description=f"{what[0].upper()}{what[1:]}.", epilog=SUB_EPILOG
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(execute=execute)
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 3600:
        raise argparse.ArgumentTypeError(f"{text}: expected seconds, above 0 and up to 3600")
    return value


def _threads(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 64:
        raise argparse.ArgumentTypeError(f"{text}: expected 0 to 64")
    return value


def _count(text: str) -> int:
    value = int(text)
    if not 1 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: expected 1 to 1000")
    return value


def _frames(text: str) -> int:
    value = int(text)
    if not 100 <= value <= 100_000_000:
        raise argparse.ArgumentTypeError(f"{text}: expected 100 or more")
    return value


def execute_fps(options: argparse.Namespace) -> int:
    from edgecv.bench import fps

    comparisons = fps.compare(options.seconds, options.seeds)
    title = (
        f"FPS meter: a consumer paced by it for {options.seconds:g} s, "
        f"seeds: {options.seeds}; in %, sd in fps\n"
        "in: sd of the intervals; old: each frame's interval, on the same traces"
    )
    _print(options, "fps", title, [c.plain() for c in comparisons], fps.describe(comparisons))
    return 0


def execute_model(options: argparse.Namespace) -> int:
    from edgecv.bench import model
    from edgecv.pose.recognise import DECODERS

    if options.decoder and options.decoder not in DECODERS:
        raise ConfigError(f"--decoder {options.decoder}: known are {', '.join(DECODERS)}")
    figures = model.measure(options.model, options.threads, options.decoder, options.frames)
    title = f"{Path(options.model).name}: {options.frames} frames, 640 x 480"
    _print_figures(options, "model", title, figures, model.NOTE.rstrip())
    return 0


def execute_pipeline(options: argparse.Namespace) -> int:
    from edgecv.bench import pipeline

    figures = [f for s in pipeline.SCENARIOS for f in pipeline.measure(s, options.seconds)]
    title = f"Loop with a made-up camera and model, {options.seconds:g} s each"
    _print_figures(options, "pipeline", title, figures, pipeline.PUBLISHED)
    return 0


def execute_capture(options: argparse.Namespace) -> int:
    from edgecv.bench import capture

    figures = capture.measure(options.seconds, options.repetitions)
    title = f"Not decoding: medians of {options.repetitions}"
    _print_figures(options, "capture", title, figures, capture.NOTE)
    return 0


def execute_journal(options: argparse.Namespace) -> int:
    from edgecv.bench import journal

    if options.folder is not None and not options.folder.is_dir():
        raise ConfigError(f"--folder {options.folder}: no such folder")
    figures = journal.measure(options.folder)
    _print_figures(options, "journal", "What the journal writes", figures, journal.NOTE)
    return 0


def execute_soak(options: argparse.Namespace) -> int:
    from edgecv.bench import soak

    figures, books = soak.measure(options.frames)
    title = "The loop without a pause, on rendered frames"
    _print_figures(options, "soak", title, figures, f"{books}\n\n{soak.NOTE}")
    return 0


def _print_figures(
    options: argparse.Namespace, name: str, title: str, figures: "Sequence[Figure]", note: str
) -> None:
    from edgecv.bench.report import describe

    text = f"{describe(figures)}\n\n{note}"
    _print(options, name, title, [figure.plain() for figure in figures], text)


def _print(
    options: argparse.Namespace, name: str, title: str, figures: list[dict[str, Any]], text: str
) -> None:
    from edgecv.bench.report import describe_machine, machine

    if options.json:
        print(json.dumps({"bench": name, "machine": machine(), "figures": figures}, indent=2))
    else:
        print(f"{title}\n{describe_machine()}\n\n{text}")
