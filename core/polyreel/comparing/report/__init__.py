"""The report of a comparison: as JSON values, as CSV, and as one self-contained page.

Every format is made from `report_facts`. The page needs the extra `polyreel[report]`.
"""

from .as_csv import write_csv
from .facts import report_facts
from .writing import check_page_can_be_made, write_page

__all__ = ["check_page_can_be_made", "report_facts", "write_csv", "write_page"]
