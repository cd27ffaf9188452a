// Reads definitions, one JSON document a line; answers each with a line: [] or what is wrong.
const readline = require("node:readline");
const validate = require("asl-validator");

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { errors } = validate(JSON.parse(line));
  console.log(JSON.stringify(errors.map((e) => `${e["Error code"]}: ${e.Message || JSON.stringify(e)}`)));
});
