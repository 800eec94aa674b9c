// The board used with the keyboard alone, under its own policy: node board.mjs FILE.html [width]; one JSON object on stdout.
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [file, width = "1200"] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--headless", "--disable-gpu", "--disable-dev-shm-usage"] });
const context = await browser.newContext({ viewport: { width: Number(width), height: 900 }, offline: true });
const page = await context.newPage();
const said = [];
page.on("console", (message) => said.push(message.text()));
await page.goto(pathToFileURL(file).href, { waitUntil: "load" });
const state = () => page.evaluate(() => ({
  focus: document.activeElement.id || document.activeElement.className || document.activeElement.tagName,
  shown: [...document.querySelectorAll(".board > li")].filter((one) => one.offsetParent).map((one) => one.querySelector("h2").textContent),
  status: document.getElementById("shown").textContent,
}));
const before = await state();
const order = [];
for (let n = 0; n < 4; n += 1) { await page.keyboard.press("Tab"); order.push((await state()).focus); }
await page.focus("#by-school");
await page.keyboard.type("North");
const filtered = await state();
await page.evaluate(() => { const one = document.createElement("script"); one.textContent = "window.evil = 1"; document.body.append(one); });
const evil = await page.evaluate(() => window.evil ?? 0);
await browser.close();
console.log(JSON.stringify({ before, order, filtered, evil, said }));
