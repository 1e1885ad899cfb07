"""The invented people, places and offices of the samples.

Nobody here exists: names end in "Mẫu" (specimen), identity numbers begin with nine zeros, and
wards and streets are made up, but for the ward name that the project's ticket example uses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist."""

    #: Full name, family name first.
    name: str
    #: Date of birth, dd/mm/yyyy, as forms write it.
    born: str
    #: Identity number, 12 digits.
    id_number: str
    #: Where they live.
    address: str


HOME = "Số 12 đường Mẫu Sơn, phường Tuy Phước"
FATHER = Person("Trần Văn Mẫu", "14/02/1994", "000000000017", HOME)
MOTHER = Person("Nguyễn Thị Mẫu", "09/08/1996", "000000000025", HOME)
GRANDMOTHER = Person("Phạm Thị Mẫu", "30/05/1968", "000000000033", HOME)
TRADER = Person("Lê Thị Hồng Mẫu", "21/11/1988", "000000000041", "Số 45 đường Thử Nghiệm")
LANDLORD = Person("Đặng Quốc Mẫu", "03/03/1972", "000000000058", "Số 47 đường Thử Nghiệm")
FARMER = Person("Võ Đình Mẫu", "17/07/1965", "000000000066", "Thôn Ví Dụ, xã Mẫu Lâm")
CLERK = Person("Huỳnh Thị Mẫu", "12/12/1990", "000000000074", HOME)
CHAIR = "Ngô Văn Mẫu"
DEPUTY = "Bùi Thị Ngọc Mẫu"
NURSE = "Đỗ Thị Kiều Mẫu"

WARD = "phường Tuy Phước"
WARD_CAPITALS = "PHƯỜNG TUY PHƯỚC"
