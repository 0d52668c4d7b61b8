"""`<model>/online`: lookups and past rows as they are known now, put beside the bundle that answers."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
from pydantic import Field

from assets.features import sound_snapshot
from assets.history import own_sources, recent_history
from assets.keys import DATA, ENDPOINT, ONLINE, PARITY_CHECK, stage_key
from assets.metadata import markdown_table
from assets.parity import parity_result, recent_sample
from assets.partitions import Partitions, partitions_of, partitions_overlapping, window_of
from assets.provenance import code_version
from lifecycle.endpoint.scorer import Scorer
from lifecycle.errors import LifecycleError
from lifecycle.features.build import build_plan
from lifecycle.features.online_tables import write_online_tables
from lifecycle.features.plan import FeaturePlan
from lifecycle.registry.bundle import Bundle, open_bundle
from lifecycle.registry.tables import SealedTables, TablesManifest, seal_tables
from lifecycle.spec.records import ModelSpec
from resources.serving.base import EndpointState, FreshTables, Serving
from resources.tracking.base import ModelVersion, Tracking
from resources.warehouse.base import TableRef, TimeWindow, Warehouse
