"""JSONata functions that the emitted text calls as `$_name`; each is total.

A missing argument is undefined and means null; a result may be undefined for null, except where
the text says otherwise. No condition relies on `and` or `or` to skip its right side.
"""

import re
from functools import cache

from weft.expressions.functions import FUNCTIONS

_PAIR = "$type($a)='number'?$type($b)='number'?"
_QUOTIENT = f"{_PAIR}$b=0?null:$abs($b)<1?$abs($a)<=1.797e308*$abs($b)?%s:null:%s"
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
        f"function($a,$b){{{_PAIR}$abs($b)>1?$abs($a)<=1.797e308/$abs($b)?$a*$b:null:$a*$b}}"
    ),
    "div": f"function($a,$b){{{_QUOTIENT % ('$a/$b', '$a/$b')}}}",
    "idiv": "function($a,$b){($q:=$_div($a,$b);$type($q)='number'?$floor($q))}",
    "mod": (
        "function($a,$b){($q:=$_idiv($a,$b);"
        "$type($q)='number'?$abs($q)<=9007199254740991?$a-$b*$q)}"
    ),
    "lt": (
        "function($a,$b){$type($a)='number'?$type($b)='number'?$a<$b:false:"
        "$type($a)='string'?$type($b)='string'?$a<$b:false:false}"
    ),
    "le": (
        "function($a,$b){$type($a)='number'?$type($b)='number'?$a<=$b:false:"
        "$type($a)='string'?$type($b)='string'?$a<=$b:false:false}"
    ),
    "eq": "function($a,$b){($exists($a)?$a:null)=($exists($b)?$b:null)}",
    "in": (
        "function($a,$b){($t:=$type($b);$a:=$exists($a)?$a:null;"
        "$t='array'?$exists($filter($b,function($e){$e=$a})):"
        "$type($a)='string'?$t='string'?$contains($b,$a):$t='object'?$a in $keys($b):false:false)}"
    ),
    "num": (
        "function($n){$n=0?'0':$abs($n)<1e15?$string($n):$abs($n)>=1e21?$string($n):"
        "$floor($n)=$n?$formatBase($n,10):$string($n)}"
    ),
    "text": (
        "function($v){($t:=$type($v);$t='string'?$v:$t='number'?$_num($v):$t='boolean'?$string($v):"
        "$t='array' or $t='object'?$_json($v):'')}"
    ),
    "quote": (
        'function($s){$contains($s,/[\\x22\\x5c\\x00-\\x1f]/)?($q:=$string([$s]);'
        "$substring($q,1,$length($q)-2)):'\"'&$s&'\"'}"
    ),
    "json": (
        "function($v){($t:=$type($v);$t='string'?$_quote($v):$t='number'?$_num($v):"
        "$t='boolean'?$string($v):"
        "$t='array'?'['&$join([$map($v,function($e){$_json($e)})],',')&']':"
        "$t='object'?'{'&$join([$map([$sort($keys($v))],"
        "function($k){$_quote($k)&':'&$_json($lookup($v,$k))})],',')&'}':'null')}"
    ),
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
