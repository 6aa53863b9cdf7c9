"""``wattlab predict``: answers for new samples."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated

import typer

from wattlab.cli.shared import RunName, RunsFolder

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(predict)


def predict(
    run: RunName,
    file: Annotated[
        Path,
        typer.Argument(
            help="Samples: .csv, .npz, .parquet, IDX, a picture or a folder of them; columns by name, labels ignored."
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV file to write; else standard output.")
    ] = None,
    outputs: Annotated[
        bool, typer.Option("--outputs", help="Print the network's outputs too, one column a class.")
    ] = False,
    skip_undecodable: Annotated[
        bool,
        typer.Option(
            "--skip-undecodable",
            help="Leave out pictures that cannot be decoded, and say which, instead of stopping.",
        ),
    ] = False,
    runs: RunsFolder = Path("wattlab-runs"),
) -> None:
    """Print the predicted class (or value) of every sample of a file as CSV."""
    from wattlab.data.unlabelled import read_samples, resizes
    from wattlab.records.files import check_folder, check_writable, write_atomically
    from wattlab.records.prediction import prediction_table
    from wattlab.records.store import RunStore

    if output is not None:
        check_folder(output)
        check_writable(output)
    found = RunStore(runs).find(run)
    samples = read_samples(
        file,
        found.recipe.data.label,
        n_features=found.model.transform.n_features_in,
        feature_names=found.record.dataset.feature_names,
        image_shape=found.record.dataset.image_shape,
        resized=resizes(found.recipe.data),
        skip_undecodable=skip_undecodable,
    )
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(
        prediction_table(found.model, samples.features, outputs=outputs, names=samples.names)
    )
    if output is None:
        sys.stdout.write(buffer.getvalue())
    else:
        write_atomically(output, buffer.getvalue().encode())
