"""The three whole dossiers, the incomplete one and the one without a ticket.

Which paper, which scanner, which component: the words on the papers are in `papers_*`, the broken
dossier in `broken`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from maker import papers_birth as birth
from maker import papers_business as business
from maker import papers_land as land
from maker.ageing import Glass, Turn
from maker.deposit import Deposit, Document, Made, Scan
from maker.papers_contract import contract
from maker.people import FARMER, GRANDMOTHER, TRADER

MORNING = "2026-11-20T08:{:02}:00+07:00"
#: The contract's third page went in sideways, its fourth upside down.
LAID_IN: dict[int, Turn] = {3: 90, 4: 180}
CONTRACT = tuple(
    Glass(30 + page, skew=(page * 61) % 300 - 150, shade=24 + page * 2, through=12,
          turn=LAID_IN.get(page, 0))
    for page in range(1, 13)
)  # fmt: skip

BIRTH = Deposit(
    code="H15.50.05.13-261120-0001",
    procedure="1.001193",
    owner=GRANDMOTHER,
    channel="post",
    postal_form="both",
    documents=(
        Document("TP01", "original", Scan(
            birth.declaration, ("001.jpg", "002.jpg"), dpi=300, quality=50,
            glass=(Glass(11, skew=85), Glass(12, skew=-140, shade=45)),
        )),
        Document("TP02", "copy", Scan(
            birth.birth_note, ("003.tif",), glass=(Glass(13, skew=60, noise=14, mode="bitonal"),),
        ), compared_at=MORNING.format(41)),
        Document("TP03", "copy", Scan(
            birth.marriage_copy, ("004.jpg",), glass=(Glass(14, skew=-230, shade=55, noise=10),),
        )),
        Document("TP04", "original", Scan(
            birth.residence, ("giay-to.pdf",), glass=(Glass(15, skew=40, through=26), Glass(16)),
        )),
    ),
)  # fmt: skip

BUSINESS = Deposit(
    code="H15.50.05.13-261120-0002",
    procedure="1.001612",
    owner=TRADER,
    channel="post",
    postal_form="hand_in",
    case="TH01",
    documents=(
        Document("TP01", "original", Scan(
            business.request, ("001.jpg",), dpi=300, quality=50, glass=(Glass(21, skew=-70),),
        )),
        Document("TP02", "copy", Scan(
            partial(business.identity, person=TRADER), ("002.jpg",),
            glass=(Glass(22, skew=130, mode="grey", noise=12),),
        ), compared_at=MORNING.format(52)),
        Document("TP03", "original", Scan(
            contract, tuple(f"{number:03}.jpg" for number in range(3, 15)), glass=CONTRACT,
        )),
        Document("TP04", "original", Scan(
            business.trades, ("015.jpg",), glass=(Glass(23, skew=-110, shade=40),),
        )),
    ),
)  # fmt: skip

LAND = Deposit(
    code="000.00.53.H48-261120-0003",
    procedure="1.012753",
    owner=FARMER,
    agency={"code": "000.00.53.H48", "name": "Văn phòng đăng ký đất đai tỉnh Mẫu"},
    documents=(
        Document("TP01", "original", Scan(
            land.application, ("001.jpg",), dpi=300, quality=50, glass=(Glass(51, skew=45),),
        )),
        Document("TP02", "original", Scan(
            land.decision, ("002.jpg", "003.jpg"),
            glass=(Glass(52, skew=-95, shade=50, through=24), Glass(53, skew=160)),
        )),
        Document("TP04", "copy", Scan(
            land.origin_copy, ("004.jpg",), glass=(Glass(54, skew=290, shade=45, noise=10),),
        )),
        Document("TP05", "copy", Scan(
            partial(business.identity, person=FARMER), ("005.tif",),
            glass=(Glass(55, skew=-30, mode="bitonal", noise=14),),
        ), compared_at=MORNING.format(15)),
    ),
    exempt=(
        ("TP03", "Mảnh trích đo số 31-2026 đã có trong hồ sơ địa chính, không yêu cầu nộp lại."),
    ),
)  # fmt: skip

INCOMPLETE = Deposit(
    code="H15.50.05.13-261120-0010",
    procedure="1.001193",
    owner=GRANDMOTHER,
    documents=(
        Document("TP01", "original", Scan(
            birth.declaration, ("001.jpg", "002.jpg"), quality=50,
            glass=(Glass(61, skew=-50), Glass(62, skew=20)),
        )),
        Document("TP03", "copy", Scan(birth.marriage_copy, ("003.jpg",), glass=(Glass(63),))),
        Document("TP04", "original", Scan(
            birth.residence, ("004.jpg", "005.jpg"), glass=(Glass(64, skew=35), Glass(65)),
        )),
    ),
)  # fmt: skip

#: Run with ``--procedure 2.000815``: there is no ticket, the names tell the components.
WITHOUT_TICKET = Deposit(
    code="H15.50.05.13-261120-0011",
    procedure="2.000815",
    owner=FARMER,
    documents=(
        Document("TP01", "original", Scan(
            land.decision, ("TP01-01.jpg", "TP01-02.jpg"),
            glass=(Glass(71, skew=25), Glass(72, skew=-65)),
        )),
        Document("TP02", "copy", Scan(
            land.origin_copy, ("TP02-01.png",), glass=(Glass(73, mode="bitonal", noise=12),),
        )),
    ),
)  # fmt: skip

WHOLE = (BIRTH, BUSINESS, LAND)


def dossiers() -> Iterator[Made]:
    """Yield every file of the sample dossiers, with their known text."""
    for deposit in WHOLE:
        yield from deposit.made("dossiers")
    yield from INCOMPLETE.made("incomplete")
    yield from WITHOUT_TICKET.made("noticket", ticket=False)
