// Keeps the window light: adds up what the built front end weighs under gzip and fails above the budget.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 100;
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const files = readdirSync(dist, { recursive: true }).map(String).filter((name) => /\.(js|css|html|svg)$/.test(name));
let total = 0;
for (const name of files) {
  const size = gzipSync(readFileSync(dist + name)).length;
  total += size;
  console.log(`${(size / 1000).toFixed(1).padStart(7)} kB  ${name}`);
}
console.log(`${(total / 1000).toFixed(1).padStart(7)} kB  in all, of ${BUDGET_KB} kB`);
if (total === 0 || total > BUDGET_KB * 1000) {
  console.error("The front end is empty or over its budget.");
  process.exit(1);
}
