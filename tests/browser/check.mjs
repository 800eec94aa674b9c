// What axe-core finds in a page, and what the page asked for: node check.mjs FILE.html [width]; one JSON object on stdout.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { open } from "./page.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const [file, width = "1200"] = process.argv.slice(2);
const { page, requested, close } = await open(file, Number(width));
await page.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
await page.evaluate(axe);
const found = await page.evaluate((tags) => window.axe.run(document, { runOnly: { type: "tag", values: tags } }), TAGS);
const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
await close();
const told = (one) => ({ id: one.id, impact: one.impact, help: one.help, nodes: one.nodes.map((node) => node.target.join(" ")) });
console.log(JSON.stringify({
  axe: found.testEngine.version,
  violations: found.violations.map(told),
  incomplete: found.incomplete.map(told),
  passes: found.passes.length,
  requests: requested.filter((url) => !url.startsWith("file:") && !url.startsWith("data:")),
  sideways,
}));
