"""Tables beside a bundle are held to the same audit as those within, before and after they are opened."""

import pickle
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifecycle.registry.audit import BundleError
from lifecycle.registry.sealed import FileFact, write_manifest
from lifecycle.registry.tables import TABLES_FILE, SealedTables, TablesManifest, open_tables, seal_tables

NAME = "lookups/wind.parquet"


class Exploding:
    """A pickle that leaves a file where it is loaded."""

    def __init__(self, harm: Path) -> None:
        self.harm = harm

    def __reduce__(self) -> object:
        return Path.touch, (self.harm,)


@pytest.fixture
def tables(tmp_path: Path) -> SealedTables:
    folder = tmp_path / "tables"
    (folder / "lookups").mkdir(parents=True)
    pq.write_table(pa.table({"speed": [1.0, 2.0]}), folder / NAME)
    manifest = TablesManifest(
        model="parcels", plan_fingerprint="p", known_by=datetime(2024, 3, 1, tzinfo=UTC)
    )
    return seal_tables(folder, manifest)


def test_what_was_audited_is_what_is_read(tables: SealedTables) -> None:
    assert tables.read_bytes(NAME) == (tables.path / NAME).read_bytes()
    assert (tables.holds(NAME), tables.holds("online.json")) == (True, False)
    with pytest.raises(BundleError, match=r"the set of tables .* holds no online.json"):
        tables.read_bytes("online.json")


def test_a_table_swapped_after_the_audit_is_not_used(tables: SealedTables) -> None:
    size = (tables.path / NAME).stat().st_size
    (tables.path / NAME).write_bytes(b"PAR1".ljust(size - 4) + b"PAR1")
    with pytest.raises(BundleError, match=f"{NAME} of the set of tables .* was changed after its audit"):
        tables.read_bytes(NAME)


def test_a_pickle_under_the_name_of_a_table_never_runs(tables: SealedTables, tmp_path: Path) -> None:
    content = pickle.dumps(Exploding(tmp_path / "harm"))
    (tables.path / NAME).write_bytes(content)
    # Whoever can write the manifest can name its right digest: its form gives it away.
    forged = FileFact(sha256="0" * 64, size=len(content))
    write_manifest(tables.path, TABLES_FILE, tables.manifest.model_copy(update={"files": {NAME: forged}}))
    with pytest.raises(BundleError, match=f"{NAME} is not Parquet, it holds a pickle: it was never loaded"):
        open_tables(tables.path)
    assert not (tmp_path / "harm").exists()
