"""The functions and filters of the language: one list, each with both of its meanings.

`jsonata` is a JSONata function, total by itself; a missing argument arrives as undefined and
means null. `$_name` inside it is another helper, of `helpers.py` or of this list.
`modes` says how each argument is written: v value, f function, c function used as a condition,
r function of what came before and an element.
An array cannot be an element of itself, so behind `$v` it keeps `unique` from collapsing to one.
Functions handed to a helper always take two parameters: one host calls them with both, and gives
a function in a variable no index from `$filter`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from weft.expressions import dates, encodings
from weft.expressions import library as lib
from weft.expressions.ast import JsonValue


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function. `modes` has a letter per argument; behind `least` of them they are optional.

    `only_runner` says why JSONata cannot compute it, and `jsonata` is empty then.
    """

    name: str
    modes: str
    least: int
    kind: str
    doc: str
    run: Callable[..., JsonValue]
    jsonata: str
    only_runner: str = ""


def _text(call: str) -> str:
    return f"function($v){{$type($v)='string'?{call}}}"


def _number(call: str) -> str:
    return f"function($v){{$type($v)='number'?{call}}}"


def _array(call: str) -> str:
    return f"function($v){{$type($v)='array'?{call}}}"


_SPEC = FunctionSpec
_S2 = "$type($v)='string'?$type($p)='string'?"

# ruff: noqa: E501 - one row of the table per function reads better than wrapped ones
# fmt: off
_TABLE = (
    _SPEC("default", "vv", 1, "any", "`x`, or `d` where `x` is null", lib.default,
          "function($v,$d){$type($v)!='null'?$v:$d}"),
    _SPEC("length", "v", 1, "number", "characters of a text, elements of an array, keys of an object", lib.length,
          "function($v){($t:=$type($v);$t='string'?$length($v):$t='array'?$count($v):$t='object'?$count($keys($v)))}"),
    _SPEC("type", "v", 1, "string", "`null`, `boolean`, `number`, `string`, `array` or `object`", lib.kind,
          "function($v){$exists($v)?$type($v):'null'}"),
    _SPEC("string", "v", 1, "string", "as text; null is empty, arrays and objects are compact JSON", lib.to_string,
          "function($v){$_text($v)}"),
    _SPEC("number", "v", 1, "number", "a number from a plain decimal text, true (1) or false (0)", lib.to_number,
          "function($v){($t:=$type($v);$t='number'?$v:$t='boolean'?($v?1:0):$t='string'?($contains($v&'x',"
          "/^-?[0-9]{1,200}(\\.[0-9]{1,200})?([eE][-+]?[0-9]{1,2})?x$/)?$number($v)))}"),
    _SPEC("int", "v", 1, "number", "like `number`, without its fraction", lib.to_int,
          "function($v){($n:=$_number($v);$type($n)='number'?$n<0?$ceil($n):$floor($n))}"),
    _SPEC("boolean", "v", 1, "boolean", "its truth (see above)", lib.to_boolean, "function($v){$_true($v)}"),
    _SPEC("upper", "v", 1, "string", "in capital letters", lib.upper, _text("$uppercase($v)")),
    _SPEC("lower", "v", 1, "string", "in small letters", lib.lower, _text("$lowercase($v)")),
    _SPEC("trim", "v", 1, "string", "without white space at both ends", lib.trim,
          _text("$replace($v,/^[ \\t\\n\\r\\f\\v]+|[ \\t\\n\\r\\f\\v]+$/,'')")),
    _SPEC("replace", "vvv", 3, "string", "every `old` replaced by `new`; both plain text", lib.replace,
          "function($v,$o,$n){$type($v)='string'?$type($o)='string'?$type($n)='string'?$o=''?$v:$join($split($v,$o),$n)}"),
    _SPEC("split", "vv", 2, "array", "cut at every separator", lib.split,
          f"function($v,$p){{{_S2}$p=''?[$v]:$split($v,$p)}}"),
    _SPEC("words", "v", 1, "array", "cut at white space (also `split` without separator)", lib.words,
          _text("($v:=$_trim($v);$v=''?[]:$split($v,/[ \\t\\n\\r\\f\\v]+/))")),
    _SPEC("join", "vv", 1, "string", "elements as text, with a separator between (default: none)", lib.join,
          "function($v,$p){$type($v)='array'?$type($p)='string'?$join([$map($v,function($e){$_text($e)})],$p)}"),
    _SPEC("startswith", "vv", 2, "boolean", "does the text begin with the other?", lib.startswith,
          f"function($v,$p){{{_S2}$substring($v,0,$length($p))=$p}}"),
    _SPEC("endswith", "vv", 2, "boolean", "does the text end with the other?", lib.endswith,
          f"function($v,$p){{{_S2}($n:=$length($v)-$length($p);$n<0?false:$substring($v,$n)=$p)}}"),
    _SPEC("contains", "vv", 2, "boolean", "same as `part in whole`", lib.contains, "function($v,$p){$_in($p,$v)}"),
    _SPEC("matches", "vv", 2, "boolean", "does the pattern occur? `^` and `$` tie it to the ends", lib.matches, ""),
    _SPEC("round", "vv", 1, "number", "to `digits` decimals (default 0, may be negative); halves to even", lib.rounded,
          "function($v,$p){$type($v)='number'?$type($p)='number'?$p=$floor($p)?"
          "$p>=-15?$p<=15?$abs($v)>=($p>=0?9e15/$power(10,$p):1e21)?$v:$round($v,$p)}"),
    _SPEC("floor", "v", 1, "number", "rounded down", lib.floor, _number("$floor($v)")),
    _SPEC("ceil", "v", 1, "number", "rounded up", lib.ceil, _number("$ceil($v)")),
    _SPEC("abs", "v", 1, "number", "without sign", lib.absolute, _number("$abs($v)")),
    _SPEC("tojson", "v", 1, "string", "compact JSON, keys sorted", lib.tojson, "function($v){$_json($v)}"),
    _SPEC("fromjson", "v", 1, "any", "the value of a JSON text; null when it is not JSON", lib.fromjson, "",
          only_runner="JSONata cannot catch text that is not JSON"),
    _SPEC("first", "v", 1, "any", "first element", lib.first, _array("$v[0]")),
    _SPEC("last", "v", 1, "any", "last element", lib.last, _array("$v[-1]")),
    _SPEC("reverse", "v", 1, "array", "in opposite order", lib.reverse, _array("$reverse($v)")),
    _SPEC("unique", "v", 1, "array", "without repeated elements", lib.unique,  # one engine's `$distinct` takes 1 for true
          _array("$count($v)<2?$v:($r:=$distinct($append($map($v,function($e){{'k':$_json($e),'v':$e}}),{'k':''}));"
                 "$_map($_take($r,0,$count($r)-1),function($o,$i){$o.v}))")),
    _SPEC("sum", "v", 1, "number", "of an array of numbers; 0 when empty", lib.total,
          _array("$exists($filter($v,function($e){$type($e)='number'?$abs($e)>1e292:true}))?null:$sum($v)")),
    _SPEC("min", "v", 1, "number", "of an array of numbers; null when empty", lib.smallest,
          _array("$count($v)>0?$exists($filter($v,function($e){$type($e)!='number'}))?null:$min($v)")),
    _SPEC("max", "v", 1, "number", "of an array of numbers; null when empty", lib.largest,
          _array("$count($v)>0?$exists($filter($v,function($e){$type($e)!='number'}))?null:$max($v)")),
    _SPEC("keys", "v", 1, "array", "keys of an object, sorted", lib.keys,
          "function($v){$type($v)='object'?($k:=[$keys($v)];[$contains($join($k),/[^\\u0000-\\ud7ff\\ue000-\\ufffe]/)?"
          "$sort($k,function($a,$b){$_ord($a)>$_ord($b)}):$sort($k)])}"),
    _SPEC("values", "v", 1, "array", "values of an object, in the order of its keys", lib.values,
          "function($v){$_map($_keys($v),function($k,$i){$lookup($v,$k)})}"),
    _SPEC("items", "v", 1, "array", "`{key, value}` for each key of an object", lib.items,
          "function($v){$type($v)='object'?[$map($_keys($v),function($k){{'key':$k,'value':$lookup($v,$k)}})]}"),
    _SPEC("merge", "vv", 2, "object", "fields of both objects; the later wins, null counts as empty", lib.merge,
          "function($v,$p){$_nil($v)?($type($p)='object'?$p):$type($v)='object'?$type($p)='object'?$merge([$v,$p]):$_nil($p)?$v}"),
    _SPEC("map", "vf", 2, "array", "each element put through the function", lib.mapped,
          "function($v,$f){$type($v)='array'?($n:=$count($v);$n=0?[]:$n=1?$_box($f($v[0],0)):$map($v,$f))}"),
    _SPEC("filter", "vc", 2, "array", "elements for which the function is true", lib.filtered,
          "function($v,$f){$type($v)='array'?($n:=$count($v);"
          "$r:=$filter($append($v,[0,0]),function($e,$i){$i>=$n?true:$f($e,$i)});$_take($r,0,$count($r)-2))}"),
    _SPEC("any", "vc", 2, "boolean", "is the function true for some element?", lib.some,
          "function($v,$f){$type($v)='array'?$exists($filter($v,function($e,$i){$f($e,$i)}))}"),
    _SPEC("all", "vc", 2, "boolean", "is the function true for every element?", lib.every,
          "function($v,$f){$type($v)='array'?$not($exists($filter($v,function($e,$i){$not($f($e,$i))})))}"),
    _SPEC("sort", "vf", 1, "array", "numbers or texts in order, or elements by the function's number or text; null for a mixture", lib.ordered,
          "function($v,$f){$type($v)='array'?$count($v)=0?[]:("
          "$b:=[$map($v,function($e,$i){($k:=$f($e,$i);{'k':$type($k)='string'?$_ord($k):$k,'v':$e})})];$t:=$type($b[0].k);"
          "$t='number' or $t='string'?$exists($filter($b,function($o){$type($o.k)!=$t}))?null:$_map([$b^(k)],function($o,$i){$o.v}))}"),
    _SPEC("groupby", "vf", 2, "array", "`{key, items}` for each value of the function, in the order in which they come", lib.grouped,
          "function($v,$f){$type($v)='array'?$count($v)=0?[]:($b:=[$map($v,function($e,$i){{'k':$f($e,$i),'v':$e}})];"
          "$_map($_unique($_map($b,function($o,$i){$o.k})),function($g,$i){{'key':$g,"
          "'items':$_map($_filter($b,function($o,$i){$o.k=$g}),function($o,$i){$o.v})}}))}"),
    _SPEC("reduce", "vrv", 3, "any", "the last value of `(so_far, item) => …` over the elements, which begins with the third argument", lib.reduced,
          "function($v,$f,$p){$type($v)='array'?$reduce($v,$f,$_z($p))}"),
    _SPEC("flatten", "v", 1, "array", "elements of the arrays inside, one level down", lib.flattened,
          _array("$reduce($v,function($a,$e){$append($a,$type($e)='array'?$e:[$e])},[])")),
    _SPEC("range", "vv", 2, "array", "whole numbers from the first up to, without, the second; null for over 1,000", lib.numbers_between,
          "function($v,$p){$type($v)='number'?$type($p)='number'?$v=$floor($v)?$p=$floor($p)?"
          "$abs($v)<=9e15?$p-$v<=1000?$p<=$v?[]:[$v+0..$p-1]}"),
    _SPEC("fromitems", "v", 1, "object", "an object of a list of `{key, value}`; the later wins", lib.from_items,
          "function($v){$type($v)='array'?$exists($filter($v,function($e){($k:=$_own($e,'key');"
          "$type($k)='string'?$k='__proto__':true)}))?null:$merge($append([{}],"
          "$map($v,function($e){{$lookup($e,'key'):$_z($_own($e,'value'))}})))}"),
    _SPEC("fixed", "vv", 2, "string", "a number with exactly so many decimals (0 to 6)", lib.fixed,
          "function($v,$p){$type($p)='number'?$p=$floor($p)?$p>=0?$p<=6?($r:=$_round($v,$p);$type($r)='number'?"
          "($t:=$_num($r);$contains($t,'e')?$t:$p=0?$t:$contains($t,'.')?"
          "$substring($t&'000000',0,$length($substringBefore($t,'.'))+1+$p):$t&'.'&$substring('000000',0,$p)))}"),
    _SPEC("urlencode", "v", 1, "string", "for use in an address: all but letters, digits and `-_.~` as %XX of UTF-8", encodings.urlencode, encodings.URLENCODE),
    _SPEC("base64encode", "v", 1, "string", "Base64 of the text in UTF-8", encodings.base64encode, "",
          only_runner="JSONata's engines disagree on Base64 of what is not ASCII"),
    _SPEC("base64decode", "v", 1, "string", "the text behind Base64; null when there is none", encodings.base64decode, "",
          only_runner="JSONata's engines disagree on Base64 of what is not ASCII"),
    _SPEC("epoch", "v", 1, "number", "seconds since 1970 of ISO 8601 text, which is in UTC if it does not say", dates.epoch, dates.EPOCH),
    _SPEC("isotime", "vv", 1, "string", "ISO 8601 text of seconds or of other such text, at an offset (default `Z`)", dates.isotime, dates.ISOTIME),
    _SPEC("dateparts", "vv", 1, "object", "`{year, month, day, hour, minute, second, millisecond, weekday (1: Monday), yearday}`", dates.dateparts, dates.DATEPARTS),
    _SPEC("utcoffset", "vv", 2, "string", "the offset of a time zone, such as `+02:00`, at an instant", dates.utcoffset, "",
          only_runner="JSONata knows no time zones by name"),
)
# fmt: on

FUNCTIONS = {spec.name: spec for spec in _TABLE}

# What an argument left out stands for.
FILLS: dict[str, JsonValue] = {
    "default": None,
    "join": "",
    "round": 0,
    "isotime": "Z",
    "dateparts": "Z",
}

# Other spellings of the same function.
ALIASES = {
    "len": "length",
    "count": "length",
    "strip": "trim",
    "d": "default",
    "str": "string",
    "float": "number",
    "bool": "boolean",
    "to_json": "tojson",
    "from_json": "fromjson",
    "uppercase": "upper",
    "lowercase": "lower",
    "group_by": "groupby",
    "tofixed": "fixed",
}
