"""`edgecv models`: which there are, what a file is, whether it works, and fetching one."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgecv.cli.output import check_writable, replacing
from edgecv.errors import ConfigError, EdgecvError
from edgecv.host.instance import state_folder

if TYPE_CHECKING:
    from edgecv.bench.accuracy import Accuracy

EPILOG = """\
examples:
  edgecv models list
  edgecv models inspect yolo11n-pose.onnx
  edgecv models verify                              # those that ship
  edgecv models verify yolo11n-pose.onnx --picture found.jpg
  edgecv models pull https://example.org/movenet.onnx --sha256 0123...

A file is used by  [pose] model = "/path/to/file.onnx"  in the configuration, or --model.

exit codes: 0 well; 1 a file is damaged, no pose model, too bad, or can't be had; 2 wrong usage
"""
PICTURES = (".jpg", ".png")
MEGABYTE = 1e6
BAR = 30


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "models",
        help="list, inspect, verify and fetch pose models",
        description="Pose models: which there are, what a file is, whether it works.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add(actions, "list", "the models that ship, and the files that were fetched", execute_list)
    inspect = _add(actions, "inspect", "what a file is, and how it is read", execute_inspect)
    inspect.add_argument("file", type=Path, metavar="FILE")
    verify = _add(
        *(actions, "verify", "run models on rendered athletes, whose joints are known"),
        execute_verify,
    )
    verify.add_argument(
        "models", nargs="*", metavar="MODEL", help="names or files (default: those that ship)"
    )
    verify.add_argument(
        "--picture", type=Path, metavar="OUT", help="what was found: a .jpg or .png file"
    )
    for each in (inspect, verify):
        each.add_argument("--decoder", default="", help="what a file is to be taken for")
    pull = _add(actions, "pull", "fetch a file from the net", execute_pull)
    pull.add_argument("url", metavar="URL")
    pull.add_argument("--sha256", required=True, help="of the file that is meant")
    pull.add_argument(
        "--to", type=Path, metavar="FOLDER", help="(default: models in the state folder)"
    )


def _add(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    what: str,
    execute: object,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(execute=execute)
    return parser


def execute_list(options: argparse.Namespace) -> int:
    from edgecv.pose.catalogue import damaged_files, load_catalogue, models_folder

    folder = models_folder()
    damaged = set(damaged_files(folder))
    rows: list[dict[str, Any]] = []
    for name, model in load_catalogue(folder).models.items():
        paths = [folder / file.file for file in model.files]
        row = {
            "model": name,
            "description": model.description,
            "licence": model.licence,
            "megabytes": round(sum(p.stat().st_size for p in paths if p.exists()) / MEGABYTE, 1),
            "intact": not damaged.intersection(paths),
        }
        rows.append(row)
    fetched = sorted(pulled_folder().glob("*.onnx"))
    rows += [{"model": str(p), "megabytes": round(p.stat().st_size / MEGABYTE, 1)} for p in fetched]
    if options.json:
        print(json.dumps(rows, indent=2))
    else:
        for row in rows:
            print(f"{row['model']}  {row['megabytes']} MB")
            if "description" in row:
                state = "intact" if row["intact"] else "DAMAGED: install edgecv again"
                print(f"  {row['description']}; {row['licence']}; {state}")
    return 1 if damaged else 0


def execute_inspect(options: argparse.Namespace) -> int:
    from edgecv.host.digest import sha256_of
    from edgecv.pose.open_model import signature_of
    from edgecv.pose.recognise import recognise

    path: Path = options.file
    decoder = _decoder(options.decoder)
    signature = signature_of(path)
    facts: dict[str, Any] = {
        "file": str(path),
        "megabytes": round(path.stat().st_size / MEGABYTE, 1),
        "sha256": sha256_of(path),
        "producer": signature.producer,
        "inputs": [str(tensor) for tensor in signature.inputs],
        "outputs": [str(tensor) for tensor in signature.outputs],
        "metadata": dict(signature.metadata),
    }
    refusal = None
    try:
        recognised = recognise(signature, str(path), decoder)
        facts |= {
            "decoder": recognised.decoder,
            "pixels": str(recognised.pixels),
            "skeleton": recognised.skeleton.name if recognised.skeleton else None,
            "form": str(recognised.form) if recognised.form else None,
        }
    except EdgecvError as error:
        refusal = facts["refused"] = str(error)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        _print_facts(facts)
    if refusal is not None:
        raise EdgecvError(refusal)
    return 0


def _print_facts(facts: dict[str, Any]) -> None:
    for key, value in facts.items():
        if key == "refused" or not value:
            continue
        lines = value if isinstance(value, list) else [value]
        if isinstance(value, dict):
            lines = [f"{name}: {text}" for name, text in value.items()]
        for index, line in enumerate(lines):
            print(f"{key if index == 0 else '':<10} {_short(str(line))}")


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 300 else f"{one_line[:299]}…"


def execute_verify(options: argparse.Namespace) -> int:
    from edgecv.bench.accuracy import LEAST_PCK, NEAR, measure
    from edgecv.pose.catalogue import damaged_files, load_catalogue, models_folder
    from edgecv.pose.open_estimator import open_estimator

    if options.picture is not None:
        check_writable(options.picture, PICTURES)
    folder = models_folder()
    damaged = damaged_files(folder)
    for path in damaged:
        print(f"edgecv: {path} is missing or damaged: install edgecv again", file=sys.stderr)
    results: dict[str, Accuracy] = {}
    for name in options.models or load_catalogue(folder).models:
        estimator = open_estimator(name, decoder=_decoder(options.decoder))
        results[name] = found = measure(estimator)
        if not options.json:
            print(
                f"{name}: {estimator.skeleton.name}, {found.frames} frames, nobody found in "
                f"{found.missed}; PCK@{NEAR:g} {100 * found.pck:.1f} %, error median "
                f"{100 * found.median:.1f} %, p95 {100 * found.p95:.1f} % of the extent: "
                f"{'ok' if found.good else f'TOO BAD, {100 * LEAST_PCK:.0f} % is the least'}",
                flush=True,
            )
    if options.json:
        print(json.dumps([_plain(name, found) for name, found in results.items()], indent=2))
    if options.picture is not None:
        _write_picture(options.picture, list(results.values()))
    return 0 if not damaged and all(found.good for found in results.values()) else 1


def _plain(name: str, found: "Accuracy") -> dict[str, Any]:
    return {
        "model": name,
        "frames": found.frames,
        "missed": found.missed,
        "pck": round(found.pck, 4),
        "median": round(found.median, 4) if found.missed < found.frames else None,
        "p95": round(found.p95, 4) if found.missed < found.frames else None,
        "good": found.good,
    }


def _write_picture(path: Path, results: "list[Accuracy]") -> None:
    """A row for each model."""
    import cv2
    import numpy as np

    sheet = np.vstack([np.hstack(found.pictures) for found in results])
    _, data = cv2.imencode(path.suffix.lower(), sheet)
    with replacing(path) as file:
        file.write_bytes(data.tobytes())


def execute_pull(options: argparse.Namespace) -> int:
    from edgecv.pose.pull import pull

    quiet = options.json or not sys.stderr.isatty()
    path = pull(
        options.url,
        options.sha256,
        options.to or pulled_folder(),
        (lambda _have, _total: None) if quiet else _draw_bar,
    )
    if not quiet:
        print(file=sys.stderr)
    if options.json:
        print(json.dumps({"file": str(path), "sha256": options.sha256.lower()}))
    else:
        print(f'{path}\nuse it with [pose] model = "{path}", or --model')
    return 0


def _draw_bar(have: int, total: int | None) -> None:
    done = f"{have / MEGABYTE:.1f} MB"
    if total:
        filled = BAR * have // total
        done = f"{'#' * filled}{'.' * (BAR - filled)}  {done} of {total / MEGABYTE:.1f} MB"
    print(f"\r{done}", end="", file=sys.stderr, flush=True)


def pulled_folder() -> Path:
    """Where fetched files lie unless told otherwise."""
    return state_folder() / "models"


def _decoder(name: str) -> str:
    """Raises ConfigError for one that there is not."""
    from edgecv.pose.recognise import DECODERS

    if name and name not in DECODERS:
        raise ConfigError(f"--decoder {name}: known are {', '.join(DECODERS)}")
    return name
