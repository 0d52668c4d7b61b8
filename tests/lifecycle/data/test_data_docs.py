from lifecycle.data.data_docs import data_docs
from lifecycle.data.expectations import ExpectationResult, SuiteResult

EVIL = "<script>alert(1)</script>\" onload='x'"


def found(
    success: bool, *, column: str | None = "shop", warns: bool = False, error: str | None = None
) -> ExpectationResult:
    return ExpectationResult(
        expectation="expect_x",
        column=column,
        success=success,
        unexpected_rows=1200,
        samples=(EVIL,),
        error=error,
        warns=warns,
        details=f"value_set: [{EVIL}]",
    )


def page(*results: ExpectationResult, rows: int = 10) -> str:
    return data_docs("orders", "2024-03-01", SuiteResult(rows=rows, results=results), total_rows=10).decode()


def test_whatever_the_data_hold_is_shown_and_never_run() -> None:
    made = page(found(False, column=EVIL), found(False, error=EVIL), found(True))
    assert "<script" not in made and "onload='" not in made
    assert made.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 7


def test_nothing_is_loaded_and_no_script_could_be() -> None:
    made = page(found(True))
    assert "default-src &#x27;none&#x27;" in made
    assert [
        word for word in ("src=", "href=", "url(", "@import", "http://", "https://") if word in made
    ] == []


def test_the_verdict_comes_first_then_the_table_then_the_columns() -> None:
    made = page(found(True), found(False, column=None), found(False, warns=True), rows=4)
    assert "1 of 3 expectations were met (33.3%), evaluated on a sample of 4 of 10 rows." in made
    assert made.index("failed</span>") < made.index("<h2>The table</h2>") < made.index("<h2>shop</h2>")
    assert made.count("not met, warns") == 1


def test_a_suite_that_only_warns_succeeded() -> None:
    assert '<span class="met">succeeded</span>' in page(found(False, warns=True))
