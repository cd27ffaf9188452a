"""JSONata functions that the emitted text calls as `$_name`; each is total.

A missing argument is undefined and means null; a result may be undefined for null, except where
the text says otherwise. No condition relies on `and` or `or` to skip its right side.
"""

import re
from functools import cache

from weft.expressions import dates
from weft.expressions.functions import FUNCTIONS

_PAIR = "$type($a)='number'?$type($b)='number'?"
_QUOTIENT = f"{_PAIR}$b=0?null:$abs($b)<1?$abs($a)<=1.796e308*$abs($b)?%s:null:%s"
_BOUND = (
    "function($i,$d,$n){$type($i)='number'?$i=$floor($i)?"
    "$i<0?($i+$n<0?0:$i+$n):$i>$n?$n:$i:null:$_nil($i)?$d}"
)

_CORE = {
    "z": "function($v){$exists($v)?$v:null}",
    "nil": "function($v){$exists($v)?$type($v)='null':true}",
    "true": "function($v){$type($v)='array'?$count($v)>0:$exists($v) and $v}",
    "box": "function($v){$type($v)='array'?[[$v]]:[$exists($v)?$v:null]}",
    "at": (
        "function($v,$i){$type($v)='array'?($type($i)='number'?$i=$floor($i)?$v[$i]):"
        "$type($v)='object'?$type($i)='string'?$_own($v,$i)}"
    ),
    "own": "function($v,$k){$type($v)='object'?$k in $keys($v)?$lookup($v,$k)}",
    "take": (
        "function($v,$a,$b){$b<=$a?[]:($r:=$filter($v,function($e,$i){$i>=$a and $i<$b});"
        "$b-$a=1?$_box($r):$r)}"
    ),
    "bound": _BOUND,
    "slice": (
        "function($v,$a,$b){($t:=$type($v);$n:=$t='string'?$length($v):$t='array'?$count($v);"
        "$exists($n)?($a:=$_bound($a,0,$n);$b:=$_bound($b,$n,$n);"
        "$type($a)='number'?$type($b)='number'?$t='array'?$_take($v,$a,$b):"
        "$b>$a?$substring($v,$a,$b-$a):''))}"
    ),
    "add": (
        f"function($a,$b){{{_PAIR}$abs($a)<=8e307?$abs($b)<=8e307?$a+$b:null:null:null:"
        "$type($a)='string'?$type($b)='string'?$a&$b:null:"
        "$type($a)='array'?$type($b)='array'?$append($a,$b)}"
    ),
    "sub": f"function($a,$b){{{_PAIR}$abs($a)<=8e307?$abs($b)<=8e307?$a-$b}}",
    "mul": (
        f"function($a,$b){{{_PAIR}$abs($b)>1?$abs($a)<=1.796e308/$abs($b)?$a*$b:null:$a*$b}}"
    ),
    "div": f"function($a,$b){{{_QUOTIENT % ('$a/$b', '$a/$b')}}}",
    "idiv": "function($a,$b){($q:=$_div($a,$b);$type($q)='number'?$floor($q))}",
    "mod": (
        "function($a,$b){($q:=$_idiv($a,$b);"
        "$type($q)='number'?$abs($q)<=9007199254740991?$a-$b*$q)}"
    ),
    # In the order of code points: what lies beyond U+FFFF is two units from below U+E000 to some.
    "ord": (
        "function($v){$replace($replace($v,/\\uffff/,'\\uffff\\u0000'),"
        "/([\\ud800-\\udbff][\\udc00-\\udfff]|[^\\u0000-\\uffff])/,'\\uffff$1')}"
    ),
    "lt": (
        "function($a,$b){$type($a)='number'?$type($b)='number'?$a<$b:false:"
        "$type($a)='string'?$type($b)='string'?$_ord($a)<$_ord($b):false:false}"
    ),
    "le": (
        "function($a,$b){$type($a)='number'?$type($b)='number'?$a<=$b:false:"
        "$type($a)='string'?$type($b)='string'?$_ord($a)<=$_ord($b):false:false}"
    ),
    "eq": "function($a,$b){($exists($a)?$a:null)=($exists($b)?$b:null)}",
    "in": (
        "function($a,$b){($t:=$type($b);$a:=$exists($a)?$a:null;"
        "$t='array'?$exists($filter($b,function($e){$e=$a})):"
        "$type($a)='string'?$t='string'?$contains($b,$a):$t='object'?$a in $keys($b):false:false)}"
    ),
    # A whole number in two parts that every engine writes in full; others first to 15 digits,
    # because engines break ties of the fifteenth differently.
    "num": (
        "function($n){$n=0?'0':($a:=$abs($n);$s:=$n<0?'-':'';$floor($n)=$n?$a<1e15?$string($n):"
        "$a<1e21?($l:=$a%1e6;$s&$string($round(($a-$l)/1e6))&$substring($string(1e6+$l),1)):"
        "$a>1.797e308?$s&'1.797e+308':"
        "$string($round($n,14-$number($substringAfter($string($a),'e+')))):"
        "$a<1e-307?'0':$a<1e-7?$string($n):$a>=1e14?$_num($round($n,$a>=1e15?-1:0)):"
        "$string($round($n,$a<1?22-$length($string($floor($a*1e7))):"
        "15-$length($string($floor($a))))))}"
    ),
    "text": (
        "function($v){($t:=$type($v);$t='string'?$v:$t='number'?$_num($v):$t='boolean'?$string($v):"
        "$t='array' or $t='object'?$_json($v):'')}"
    ),
    # One character at a time, and only ASCII: one engine's $string escapes all the rest.
    "quote": (
        "function($s){'\"'&$replace($s,/[\\x22\\x5c\\x00-\\x1f]/,function($m)"
        "{($q:=$string([$m.match]);$substring($q,2,$length($q)-4))})&'\"'}"
    ),
    "json": (
        "function($v){($t:=$type($v);$t='string'?$_quote($v):$t='number'?$_num($v):"
        "$t='boolean'?$string($v):"
        "$t='array'?'['&$join([$map($v,function($e){$_json($e)})],',')&']':"
        "$t='object'?'{'&$join([$map($_keys($v),"
        "function($k){$_quote($k)&':'&$_json($lookup($v,$k))})],',')&'}':'null')}"
    ),
    "days": dates.DAYS,
    "civil": dates.CIVIL,
    "offset": dates.OFFSET,
}  # fmt: skip

HELPERS = _CORE | {name: spec.jsonata for name, spec in FUNCTIONS.items() if spec.jsonata}

_USED = re.compile(r"\$_([a-z]+)")


@cache
def closure(name: str) -> frozenset[str]:
    """The helper and all that it calls."""
    found: set[str] = set()
    pending = [name]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending += _USED.findall(HELPERS[current])
    return frozenset(found)


def definitions(helpers: frozenset[str]) -> str:
    """`$_a:=…;$_b:=…;` of the helpers and all they need; empty for none."""
    needed = {inner for name in helpers for inner in closure(name)}
    return "".join(f"$_{name}:={HELPERS[name]};" for name in HELPERS if name in needed)
