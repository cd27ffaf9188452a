// Reads one JSON request a line ({"expression", "bindings"}), answers one JSON line
// ({"value"} | {"undefined": true} | {"error"}). Compiled expressions are kept.
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

async function answer(line) {
  const { expression, bindings } = JSON.parse(line);
  try {
    const value = await compile(expression).evaluate(undefined, bindings);
    if (typeof value === "number" && !Number.isFinite(value)) return { error: `value ${value}` };
    return value === undefined ? { undefined: true } : { value };
  } catch (error) {
    return { error: `${error.code}: ${error.message}` };
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
}

main();
