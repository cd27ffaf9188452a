"""Instants: ISO 8601 text or seconds since 1970, taken apart and put together by arithmetic alone.

JSONata's own functions for times differ between hosts on what is no date, and fail on it. The
calendar is the proleptic Gregorian one, years 0000 to 9999, without leap seconds; days are counted
as in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms". Names of time zones mean
something else after each decision of a parliament, so no host but the runner knows them.
"""

import math
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from weft.expressions.ast import JsonValue
from weft.expressions.values import Meter, number, tidy

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})", re.ASCII)
_FIRST, _LAST = -62_167_219_200, 253_402_300_800  # years 0000 and 10000
_NO_ZONE = (KeyError, ValueError, OSError)  # KeyError: of ZoneInfo, for a name it does not know
_BEFORE_1970 = 719_468  # days from 1 March 0000


def is_offset(text: str) -> bool:
    """Is it a distance from UTC (`Z`, `+02:00`), not the name of a zone?"""
    return text == "Z" or _OFFSET.fullmatch(text) is not None


def is_zone(name: str) -> bool:
    """Is there a time zone of this name, such as `Europe/Berlin`?"""
    try:
        ZoneInfo(name)
    except _NO_ZONE:
        return False
    return True


def _days(year: int, month: int, day: int) -> int:
    year -= month <= 2
    era, of_era = divmod(year, 400)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    leaps = of_era // 4 - of_era // 100
    return era * 146_097 + of_era * 365 + leaps + of_year - _BEFORE_1970


def _date(days: int) -> tuple[int, int, int]:
    era, of_era = divmod(days + _BEFORE_1970, 146_097)
    years = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * years + years // 4 - years // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9
    return years + era * 400 + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1


def _offset_seconds(text: JsonValue) -> int | None:
    if text == "Z":
        return 0
    found = _OFFSET.fullmatch(text) if isinstance(text, str) else None
    if found is None or found.group(2) > "23" or found.group(3) > "59":
        return None
    seconds = int(found.group(2)) * 3600 + int(found.group(3)) * 60
    return -seconds if found.group(1) == "-" else seconds


def epoch(meter: Meter, value: JsonValue) -> JsonValue:
    if not isinstance(value, str):
        return number(value)
    found = _ISO.fullmatch(value)
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    offset = _offset_seconds(found.group(8) or "Z")
    days = _days(year, month, day)
    real = 1 <= month <= 12 and day >= 1 and _date(days) == (year, month, day)
    if not real or hour > 23 or minute > 59 or second > 59 or offset is None:
        return None
    whole = days * 86_400 + hour * 3600 + minute * 60 + second - offset
    return tidy((whole * 1000 + int(((found.group(7) or "") + "000")[:3])) / 1000)


def dateparts(meter: Meter, value: JsonValue, offset: JsonValue = "Z") -> JsonValue:
    seconds, shift = number(epoch(meter, value)), _offset_seconds(offset)
    if seconds is None or shift is None or not _FIRST <= seconds + shift < _LAST:
        return None
    days, rest = divmod(math.floor((float(seconds) + shift) * 1000), 86_400_000)
    year, month, day = _date(days)
    return {
        "year": year,
        "month": month,
        "day": day,
        "hour": rest // 3_600_000,
        "minute": rest // 60_000 % 60,
        "second": rest // 1000 % 60,
        "millisecond": rest % 1000,
        "weekday": (days + 3) % 7 + 1,
        "yearday": days - _days(year, 1, 1) + 1,
    }


def isotime(meter: Meter, value: JsonValue, offset: JsonValue = "Z") -> JsonValue:
    found = dateparts(meter, value, offset)
    if not isinstance(found, dict):
        return None
    year, month, day, hour, minute, second, fraction, *_ = (int(str(n)) for n in found.values())
    text = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    return text + (f".{fraction:03}" if fraction else "") + str(offset)


def utcoffset(meter: Meter, value: JsonValue, zone: JsonValue) -> JsonValue:
    seconds = number(epoch(meter, value))
    if seconds is None or not isinstance(zone, str) or not _FIRST <= seconds < _LAST:
        return None
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        shift = at.astimezone(ZoneInfo(zone)).utcoffset()
    except (*_NO_ZONE, OverflowError):  # the last: a year that Python lacks
        return None
    assert shift is not None
    minutes = round(shift.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


# The same for JSONata. `$_days` and `$_offset` are helpers; numbers are read behind a 1, because
# JSONata takes none that begins with 0.
DAYS = (
    "function($y,$m,$d){($y:=$m<=2?$y-1:$y;$e:=$floor($y/400);$o:=$y-$e*400;"
    "$e*146097+$o*365+$floor($o/4)-$floor($o/100)"
    "+$floor((153*($m>2?$m-3:$m+9)+2)/5)+$d-719469)}"
)
CIVIL = (
    "function($n){($z:=$n+719468;$e:=$floor($z/146097);$o:=$z-$e*146097;"
    "$y:=$floor(($o-$floor($o/1460)+$floor($o/36524)-$floor($o/146096))/365);"
    "$r:=$o-365*$y-$floor($y/4)+$floor($y/100);$s:=$floor((5*$r+2)/153);$m:=$s<10?$s+3:$s-9;"
    "{'y':$y+$e*400+($m<=2?1:0),'m':$m,'d':$r-$floor((153*$s+2)/5)+1})}"
)
OFFSET = (
    "function($o){$type($o)='string'?$o='Z'?0:$contains($o&'x',"
    "/^[+-]([01][0-9]|2[0-3]):[0-5][0-9]x$/)?"
    "($number('1'&$substring($o,1,2))*60+$number('1'&$substring($o,4,2))-6100)"
    "*($substring($o,0,1)='-'?-60:60)}"
)
EPOCH = (
    "function($v){$type($v)='number'?$v:$type($v)='string'?$contains($v&'x',"
    "/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([T ]([01][0-9]|2[0-3]):[0-5][0-9]"
    "(:[0-5][0-9](\\.[0-9]{1,9})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?x$/)?("
    "$g:=function($a,$n){$number('1'&$substring($v,$a,$n))};"
    "$y:=$g(0,4)-10000;$m:=$g(5,2)-100;$d:=$g(8,2)-100;$n:=$_days($y,$m,$d);$c:=$_civil($n);"
    "$c.d=$d?($l:=$length($v);"
    "$t:=$l<16?0:$substring($v,$l-1)='Z'?1:$contains($substring($v,16),/[+-]/)?6:0;"
    "$s:=$l<16?0:$g(11,2)*3600+$g(14,2)*60-366000;$s:=$l-$t<19?$s:$s+$g(17,2)-100;"
    "$u:=$l-$t<21?0:$number('1'&$substring($substring($v,20,$l-$t-20)&'000',0,3))-1000;"
    "(($n*86400+$s-($t=6?$_offset($substring($v,$l-6)):0))*1000+$u)/1000))}"
)
DATEPARTS = (
    "function($v,$p){($s:=$_epoch($v);$o:=$_offset($p);"
    "$type($s)='number'?$type($o)='number'?$s+$o>=-62167219200?$s+$o<253402300800?("
    "$n:=$floor(($s+$o)*1000);$d:=$floor($n/86400000);$r:=$n-$d*86400000;$c:=$_civil($d);"
    "$q:=$floor($r/60000);"
    "{'year':$c.y,'month':$c.m,'day':$c.d,'hour':$floor($r/3600000),'minute':$q%60,"
    "'second':$floor($r/1000)-$q*60,'millisecond':$r%1000,'weekday':$d+4-7*$floor(($d+3)/7),"
    "'yearday':$d-$_days($c.y,1,1)+1}))}"
)
ISOTIME = (
    "function($v,$p){($c:=$_dateparts($v,$p);$type($c)='object'?("
    "$t:=function($n,$l){$substring($string(10000+$n),5-$l)};"
    "$t($c.year,4)&'-'&$t($c.month,2)&'-'&$t($c.day,2)&'T'&$t($c.hour,2)&':'&$t($c.minute,2)"
    "&':'&$t($c.second,2)&($c.millisecond=0?'':'.'&$t($c.millisecond,3))&$p))}"
)
