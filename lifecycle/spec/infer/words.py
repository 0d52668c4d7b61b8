"""What the names of columns say, in the words that people use for them."""

from typing import Final


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


LABEL_NAMES: Final = _set(
    "label labels target targets y class outcome response churn churned survived default defaulted "
    "fraud is_fraud "
    "isfraud fraudulent species diagnosis converted conversion clicked late is_late spam"
)
"""Names that hardly anything but a label bears."""
POSITIVE: Final = _set(
    "1 true yes y t positive pos malignant fraud bad churn churned late died dead spam won"
)
NEGATIVE: Final = _set("0 false no n f negative neg benign good ham normal lost")
"""Values of a label of two classes."""
KEY: Final = _set("id key uuid guid no nr number code")
IDENTIFIER: Final = _set("id key uuid guid index unnamed rownum rowid serial")
EVENT_STRONG: Final = _set(
    "event timestamp datetime created issued ordered requested occurred observed measured"
)
EVENT: Final = EVENT_STRONG | _set(
    "time date ts when opened start started booked day week month period recorded at"
)
"""When something was asked or happened."""
NOT_EVENT: Final = _set(
    "birth birthday dob born since expiry expires expired due end ended closed resolved updated "
    "modified returned "
    "delivered shipped landed arrived arrival known last deleted cancelled paid finished completed"
)
"""What went before it, and what came of it."""
PLANNED: Final = _set(
    "due sched scheduled planned expected deadline expiry expires expiration valid until estimated promised"
)
"""Times that lie after the event and are known before it."""
LABEL_KNOWN: Final = _set(
    "known closed resolved settled paid landed arrived decided finished ended label outcome "
    "delivered returned"
)
OUTCOME: Final = _set("outcome outcomes result results status resolution closed resolved final actual")
"""Names of what is known only afterwards."""
NEVER_NEGATIVE: Final = _set(
    "count counts num number qty quantity n age amount price cost fee salary income size area "
    "distance duration "
    "length width height weight volume share rate ratio pct percent percentage population minutes "
    "hours seconds"
)
MAYBE_NEGATIVE: Final = _set("change diff difference delta growth net log balance return margin profit")
EPOCH: Final = ("time", "timestamp", "ts", "epoch", "date", "created", "updated")
"""Parts of the names of numbers that count from 1970."""
SQL_KEYWORDS: Final = _set(
    "all analyse analyze and any array as asc asof asymmetric between both by case cast check collate column "
    "constraint create cross current_date current_time current_timestamp date default deferrable "
    "desc describe "
    "distinct div do else end escape except exists extract false fetch for foreign from full glob "
    "grant group "
    "having if ilike in initially inner interval intersect into is isnull join lateral leading left "
    "like limit "
    "localtime localtimestamp map natural not notnull null nulls offset on only or order outer over "
    "pivot placing "
    "positional primary qualify range references returning right row rows select semi set show similar some "
    "struct summarize symmetric table then time timestamp to trailing true try_cast union unique "
    "unpivot using "
    "values variadic when where window with"
)
"""Words that would need quotes in the SQL of a feature."""
