"""When something would arrive: working days, Monday to Friday, from the day after it was ordered."""

from __future__ import annotations

from datetime import date, timedelta


def arrives(ordered: date, days_min: int, days_max: int) -> tuple[date, date]:
    """The first and the last day on which a parcel that takes so many working days is expected."""
    return working_days_after(ordered, days_min), working_days_after(ordered, days_max)


def working_days_after(day: date, count: int) -> date:
    """The day that is `count` working days after `day`."""
    while count > 0:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
