// Reads one JSON request a line ({"expressions": [text], "bindings": [object]}), answers one JSON
// line: a row per expression with {"value"} | {"undefined": true} | {"error"} for each binding.
const readline = require("node:readline");
const jsonata = require("jsonata");

const compiled = new Map();

function compile(text) {
  let expression = compiled.get(text);
  if (expression === undefined) {
    expression = jsonata(text);
    if (compiled.size > 500) compiled.clear();
    compiled.set(text, expression);
  }
  return expression;
}

async function value(text, bindings) {
  try {
    const found = await compile(text).evaluate(undefined, bindings);
    if (typeof found === "number" && !Number.isFinite(found)) return { error: `value ${found}` };
    return found === undefined ? { undefined: true } : { value: found };
  } catch (error) {
    return { error: `${error.code}: ${error.message}` };
  }
}

async function table({ expressions, bindings }) {
  const rows = [];
  for (const text of expressions) {
    const row = [];
    for (const bound of bindings) row.push(await value(text, bound));
    rows.push(row);
  }
  return rows;
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await table(JSON.parse(line))) + "\n");
  }
}

main();
