"""Build the table of the digits model: 1,797 images of 8 by 8 pixels, out of the installed scikit-learn.

    python models/digit/lake.py OUT_DIR

Handwritten digits of the UCI repository (Alpaydin and Kaynak 1998), which scikit-learn ships; without time.
"""

import argparse
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.datasets import load_digits

FILE = "digits.parquet"


def build_lake(out_dir: Path) -> Path:
    """Write the one table, whole or not at all; the same rows give the same bytes."""
    pixels, digits = load_digits(return_X_y=True)
    columns = {"image": pa.array(range(len(digits)), pa.int64())}
    columns |= {f"p{i // 8}{i % 8}": pa.array(pixels[:, i].astype("int64")) for i in range(pixels.shape[1])}
    columns["digit"] = pa.array(digits.astype("int64"))
    out_dir.mkdir(parents=True, exist_ok=True)
    aside = out_dir / f".{FILE}.tmp"
    pq.write_table(pa.table(columns), aside, compression="zstd")
    return aside.replace(out_dir / FILE)


def main() -> int:
    """Exit code 0 with the table in place, 1 with one line that says why there is none."""
    parser = argparse.ArgumentParser(description="Build the table of the digits model.")
    parser.add_argument("out_dir", type=Path, metavar="OUT_DIR", help="folder for the Parquet file")
    try:
        print(build_lake(parser.parse_args().out_dir))
    except OSError as exc:
        print(f"error: the table cannot be written: {exc}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
