"""The report of a comparison: as JSON values, as CSV, and as a page that stands alone.

`report_facts` is what every rendering is made of. The page needs the extra `polyreel[report]`.
"""

from .as_csv import write_csv
from .endings import Ending
from .facts import report_facts
from .writing import check_page_can_be_made, write_page

__all__ = ["Ending", "check_page_can_be_made", "report_facts", "write_csv", "write_page"]
