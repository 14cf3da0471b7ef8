"""The models that ship with edgecv."""

from pathlib import Path

import msgspec

import edgecv
from edgecv.errors import ConfigError, ModelError
from edgecv.host.digest import sha256_of

CATALOGUE = "models.toml"
DEFAULT = "blazepose-full"


class ModelFile(msgspec.Struct, frozen=True, kw_only=True):
    """An ONNX file next to the catalogue."""

    file: str
    sha256: str


class BlazePoseModel(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="decoder", tag="blazepose"
):
    """A model in two stages: a detector and landmarks."""

    description: str
    licence: str
    detector: ModelFile
    landmarks: ModelFile

    @property
    def files(self) -> tuple[ModelFile, ...]:
        return (self.detector, self.landmarks)


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The contents of models.toml; keys that only matter to who builds the models are passed over.

    A decoder is added by a struct of its own with `tag="…"`, in a union with those before it.
    """

    models: dict[str, BlazePoseModel]


def models_folder() -> Path:
    """Where the shipped models lie: in the package when installed, beside it in a checkout."""
    package = Path(edgecv.__file__).parent
    for folder in (package / "models", package.parent / "models"):
        if (folder / CATALOGUE).is_file():
            return folder
    raise ModelError(f"the models of edgecv are missing ({package / 'models'}): install it again")


def load_catalogue(folder: Path) -> Catalogue:
    """Read `models.toml` in this folder; raises ModelError."""
    path = folder / CATALOGUE
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Catalogue)
    except (OSError, msgspec.DecodeError) as error:
        raise ModelError(f"catalogue of models {path}: {error}") from error


def is_file(model: str) -> bool:
    """`pose.model` names a file, not a model of the catalogue."""
    return model.lower().endswith(".onnx") or "/" in model


def find_model(name: str) -> tuple[Path, Path]:
    """Detector and landmarks of a model of the catalogue.

    Raises ConfigError, which names the models that there are, for another name.
    """
    folder = models_folder()
    models = load_catalogue(folder).models
    if name not in models:
        raise ConfigError(
            f"pose.model = {name!r}: known are {', '.join(models)}, and ONNX files (a name that "
            "ends in .onnx)"
        )
    return folder / models[name].detector.file, folder / models[name].landmarks.file


def damaged_files(folder: Path) -> list[Path]:
    """The files of the catalogue that are missing or not what they were when they were built.

    Reads all of them, which takes a tenth of a second on a small board: for a diagnosis, not for
    each start, where the model's own format and signature are checked.
    """
    files = [file for model in load_catalogue(folder).models.values() for file in model.files]
    paths = {folder / file.file: file.sha256 for file in files}
    return [path for path, sha256 in paths.items() if not _intact(path, sha256)]


def _intact(path: Path, sha256: str) -> bool:
    return path.is_file() and sha256_of(path) == sha256
