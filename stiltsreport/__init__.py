"""stiltsreport: from one YAML study of intermediate-task training to a tested, paper-style report."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stiltsreport.api.reports import Report
    from stiltsreport.api.studies import Study

__version__ = "0.1.0"
__all__ = ["Report", "Study", "__version__"]


def __getattr__(name: str) -> object:
    """Study and Report, loaded when they are asked for: the command line answers at once."""
    if name == "Study":
        from stiltsreport.api.studies import Study

        return Study
    if name == "Report":
        from stiltsreport.api.reports import Report

        return Report
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Study and Report too, so that notebooks complete them before they are loaded."""
    return sorted({*globals(), *__all__})
