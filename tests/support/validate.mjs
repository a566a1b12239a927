// node validate.mjs SCHEMA FILE...: checks .json, .yaml and .yml files, and such files of folders, against a JSON Schema
// (draft 2020-12) with a validator that shares no code with bnexp. Exits 1 naming every file that fails, 2 on misuse.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

if (!existsSync(join(dirname(fileURLToPath(import.meta.url)), "node_modules/ajv"))) {
  console.error("the validator isn't installed: run 'npm ci' in tests/support, or scripts/setup");
  process.exit(2);
}
const { default: Ajv } = await import("ajv/dist/2020.js");
const { parse } = await import("yaml");

const [schemaFile, ...places] = process.argv.slice(2);
if (!schemaFile || places.length === 0) {
  console.error("usage: node validate.mjs SCHEMA FILE...");
  process.exit(2);
}

const files = places.flatMap((place) => (statSync(place).isDirectory()
  ? readdirSync(place).filter((file) => /\.(json|ya?ml)$/.test(file)).sort().map((file) => join(place, file))
  : [place]));
if (files.length === 0) {
  console.error("there is no file to check");
  process.exit(2);
}

const read = (file) => {
  const text = readFileSync(file, "utf8");
  return file.endsWith(".json") ? JSON.parse(text) : parse(text, { uniqueKeys: true });
};
const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, strictTypes: false });
const validate = ajv.compile(read(schemaFile));
let failures = 0;
for (const file of files) {
  let problems;
  try {
    problems = validate(read(file)) ? [] : validate.errors.map((error) =>
      `${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`);
  } catch (error) {
    problems = [error.message];
  }
  if (problems.length > 0) {
    failures += 1;
    console.error(`${file}:\n  ${problems.join("\n  ")}`);
  }
}
console.log(`${files.length - failures} of ${files.length} files satisfy ${schemaFile}`);
process.exit(failures > 0 ? 1 : 0);
