"""Release of networks: export, measure on the test photographs, write files, manifest and model cards."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

from export.confidence import confidence_auc
from export.data.annotations import data_root, list_samples
from export.data.photographs import Photograph, load
from export.evaluation import Errors, annotation_crops, errors_of, onnx_confidence, onnx_predict
from export.networks import LandmarkNetwork, layer_table, parameter_count
from export.onnx_export import Provenance, to_onnx
from export.pretrained import load_facemesh
from runtime.landmarker import Landmarker
from runtime.models import ModelEntry, ModelFile
from runtime.sessions import open_session

TEST_SETS = ("helen", "afw")
RESEARCH_LICENSE = (
    "Apache-2.0 for the code and the FaceMesh weights it started from; the training photographs (HELEN, AFW, "
    "YouTube Faces, 300-W annotations) are for research use only, so use these weights for research, not in a "
    "commercial product"
)
RESEARCH_DATA = (
    "FaceMesh weights (MediaPipe, Apache-2.0) as the start; HELEN and AFW training photographs with 300-W "
    "annotations (research use); YouTube Faces frames for face confidence and depth only (research use); depth "
    "taught by FaceMesh"
)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """What is measured of one network.

    Attributes:
        errors: by test set, on crops cut by the annotation.
        confidence_auc: on augmented faces and non-faces of all test photographs.
    """

    errors: dict[str, Errors]
    confidence_auc: float

    def metrics(self) -> dict[str, float]:
        """Flat numbers for the manifest and the file's metadata."""
        flat = {f"nme_{name}_test": round(errors.nme_mean, 3) for name, errors in self.errors.items()}
        return {**flat, "confidence_auc": round(self.confidence_auc, 5)}


def test_photographs() -> dict[str, list[Photograph]]:
    """The photographs kept for reporting, by set.

    Raises:
        FileNotFoundError: they are not on this machine, or the FaceMesh wheel is missing.
    """
    teacher = load_facemesh()
    return {name: load(list_samples(data_root() / name / "test"), teacher) for name in TEST_SETS}


def measure(landmarker: Landmarker, photographs: dict[str, list[Photograph]]) -> Accuracy:
    """Accuracy of a network on the test photographs."""
    errors = {}
    for name, faces in photographs.items():
        crops, points = annotation_crops(faces)
        errors[name] = errors_of(onnx_predict(landmarker)(crops), points)
    everyone = [face for faces in photographs.values() for face in faces]
    return Accuracy(errors, confidence_auc(onnx_confidence(landmarker), everyone))


def release(networks: Sequence[LandmarkNetwork], directory: Path) -> list[Path]:
    """Write ``NAME.onnx`` and ``NAME.md`` for each network and bring ``manifest.json`` up to date."""
    photographs = test_photographs()
    written = []
    for network in networks:
        name = network.config.name
        path = directory / f"{name}.onnx"
        bare = to_onnx(network, Provenance(RESEARCH_LICENSE, RESEARCH_DATA)).SerializeToString()
        accuracy = measure(Landmarker(open_session(ModelFile(name, path, bare), "cpu")), photographs)
        model = to_onnx(network, Provenance(RESEARCH_LICENSE, RESEARCH_DATA, accuracy.metrics()))
        onnx.save(model, path)
        entry = _entry(
            name,
            "landmarks",
            path,
            parameter_count(network),
            "research only: trained on photographs under research terms",
            accuracy.metrics(),
        )
        update_manifest(directory, entry)
        (directory / f"{name}.md").write_text(model_card(network, entry, accuracy), encoding="utf-8")
        written.append(path)
    return written


def list_detectors(directory: Path) -> None:
    """Enter the detector files of a directory into its manifest."""
    for path in sorted(directory.glob("blazeface-*.onnx")):
        parameters = sum(int(np.prod(item.dims)) for item in onnx.load(path).graph.initializer)
        update_manifest(directory, _entry(path.stem, "detector", path, parameters, "Apache-2.0", {}))


def _entry(
    name: str, role: str, path: Path, parameters: int, license_name: str, metrics: dict[str, float]
) -> ModelEntry:
    content = path.read_bytes()
    return ModelEntry(
        name=name,
        role=role,  # type: ignore[arg-type]
        file=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
        parameters=parameters,
        license=license_name,
        metrics=metrics,
    )


def update_manifest(directory: Path, entry: ModelEntry) -> None:
    """Replace or add one entry; the order is by role, then name."""
    manifest = directory / "manifest.json"
    entries = json.loads(manifest.read_text(encoding="utf-8"))["models"] if manifest.exists() else []
    entries = [item for item in entries if item["name"] != entry.name] + [dataclasses.asdict(entry)]
    entries.sort(key=lambda item: (item["role"] != "landmarks", item["name"]))
    manifest.write_text(json.dumps({"models": entries}, indent=2) + "\n", encoding="utf-8")


def model_card(network: LandmarkNetwork, entry: ModelEntry, accuracy: Accuracy) -> str:
    """A model card in Markdown (Mitchell et al. 2019, arXiv:1810.03993)."""
    layers = layer_table(network)
    rows = []
    for name, errors in accuracy.errors.items():
        rows.append(
            f"| {name}/test | {len(errors.me)} | {errors.nme_mean:.2f} | {np.median(errors.nme):.2f} "
            f"| {errors.me.mean():.2f} +- {errors.me.std():.2f} | {errors.success_rate:.3f} "
            f"| {errors.auc():.3f} | {errors.failure_rate():.3f} |"
        )
    regions = {name: errors.by_region() for name, errors in accuracy.errors.items()}
    header = list(next(iter(regions.values())))
    by_region = [
        f"| {name}/test | " + " | ".join(f"{row[part]:.2f}" for part in header) + " |" for name, row in regions.items()
    ]
    return CARD.format(
        name=entry.name,
        file=entry.file,
        layers=len(layers),
        parameters=entry.parameters,
        multiply_adds=sum(layer.multiply_adds for layer in layers) / 1e6,
        kilobytes=entry.bytes / 1000,
        sha256=entry.sha256,
        rows="\n".join(rows),
        parts=" | ".join(header),
        dashes="|---" * (len(header) + 1) + "|",
        by_region="\n".join(by_region),
        auc=accuracy.confidence_auc,
        license=RESEARCH_LICENSE,
        data=RESEARCH_DATA,
        versions=f"onnxruntime {onnxruntime.__version__}, Python {platform.python_version()}, {date.today()}",
    )


CARD = """\
# {name}

68 three-dimensional facial landmarks and a face confidence from a 192x192 crop. {layers} layers, {parameters:,}
parameters, {multiply_adds:.1f} million multiply-adds, {kilobytes:.0f} kB (`{file}`, SHA-256 `{sha256}`).

- **Input** `image`: (n, 192, 192, 3) uint8 BGR; a square around the face, 1.5 x the longer side of the landmark
  box, turned until the eyes are level. `runtime.Predictor` does all of this.
- **Output** `points`: (n, 68, 3) float32, iBUG 300-W order, x and y in crop pixels, z in the same unit, 0 at the
  mean of the points, negative towards the camera. `confidence`: (n, 1), 0..1.

## Intended use
Real-time face alignment on CPUs: overlays, avatars, gaze and expression research, driver or desk monitoring
prototypes. One face fills one crop; several faces are several crops.

## Out of scope
Recognising or identifying people, judging emotion, health, age, sex or origin, surveillance, and any decision about
a person. It was not built for medical measurement: the points are those of the 300-W annotation scheme, whose jaw
line follows the visible contour.

## Licence
{license}.

## Data
{data}. Test photographs were never trained or tuned on.

## Accuracy
Crops cut by the annotation. NME: mean point error in percent of the distance of the outer eye corners. ME: mean point
error in pixels of the crop, mean +- standard deviation over faces. SR: share with ME < 20. AUC and FR: of the error
curve up to an NME of 8, and the share above it.

| set | faces | NME | median | ME +- Std | SR | AUC@8 | FR@8 |
|---|---|---|---|---|---|---|---|
{rows}

NME by region of the face:

| set | {parts} |
{dashes}
{by_region}

Faces against non-faces (backgrounds, misplaced crops, half faces, scenery) of the test photographs, area under the
ROC curve: {auc:.4f}.

Printed by `python -m export onnx` ({versions}).

## Limits
- z is taught by FaceMesh, not measured; treat it as a plausible shape, not as depth.
- Profiles (yaw beyond about 60 degrees), faces under about 30 pixels, heavy occlusion and strong blur are worse;
  AFW, with larger poses, shows how much.
- HELEN and AFW are photographs from the early 2010s, found by name on a photo-sharing site: ages, skin tones and
  settings are not evenly represented, and errors by group have not been measured yet.
"""
