"""Runs in the emulator's environment: queries come as JSON, those that are wrong go back with the reason."""

import ctypes
import json
import sys
from typing import Any

import wasmtime
import zetasql.core.wasm_client as wasm
from zetasql.api import CatalogBuilder, TableBuilder, TypeFactory
from zetasql.core.exceptions import ServerError
from zetasql.core.local_service import ZetaSqlLocalService
from zetasql.types import (
    AnalyzeRequest,
    AnalyzerOptions,
    LanguageOptions,
    ProductMode,
    TypeKind,
    ZetaSQLBuiltinFunctionOptions,
)


def _kind(name: str) -> TypeKind:
    return TypeKind[f"TYPE_{'DOUBLE' if name == 'FLOAT64' else name}"]


def _use(module: str) -> None:
    """Read the machine code that was made at set-up; the package would make it anew in half a minute."""

    class Compiled:
        @staticmethod
        def from_file(engine: Any, path: str) -> Any:
            return wasmtime.Module.deserialize_file(engine, module)

    wasm.Config, wasm.Module = wasmtime.Config, Compiled


class _Unread:
    """An analyzed query: of a long one it is nested deeper than protobuf reads, and nobody wants it."""

    @staticmethod
    def FromString(data: bytes) -> None:
        return None


def _address(client: Any) -> int:
    return ctypes.addressof(client.memory.data_ptr().contents)


def main() -> None:
    """Analyze what stands in standard input."""
    asked = json.load(sys.stdin)
    _use(asked["module"])
    language = LanguageOptions.maximum_features()
    language.product_mode = ProductMode.PRODUCT_EXTERNAL
    catalog = CatalogBuilder("c").with_builtin_functions(
        ZetaSQLBuiltinFunctionOptions(language_options=language)
    )
    for name, columns in asked["tables"].items():
        table = TableBuilder(name)
        for column, kind in columns.items():
            table = table.add_column(column, _kind(kind))
        catalog = catalog.add_table(table.build())
    built, found = catalog.build(), {}
    client = ZetaSqlLocalService.get_instance().wasm_client
    # The package copies byte by byte: most of a minute for a long query.
    client.read_bytes = lambda at, size: ctypes.string_at(_address(client) + at, size)
    client.write_bytes = lambda at, data: ctypes.memmove(_address(client) + at, data, len(data))
    for name, query in asked["queries"].items():
        options = AnalyzerOptions(language_options=language)
        options.query_parameters = [
            AnalyzerOptions.QueryParameter(name=parameter, type=TypeFactory.create_simple_type(_kind(kind)))
            for parameter, kind in query["parameters"].items()
        ]
        try:
            request = AnalyzeRequest(sql_statement=query["sql"], options=options, simple_catalog=built)
            client.call_grpc_func("ZetaSqlLocalService_Analyze", request.to_proto(), _Unread)
        except ServerError as exc:
            found[name] = str(exc)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
