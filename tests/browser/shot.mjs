// A picture of a page: node shot.mjs FILE.html OUT.png [width]
import { open } from "./page.mjs";

const [file, out, width = "900"] = process.argv.slice(2);
const { page, close } = await open(file, Number(width));
await page.screenshot({ path: out, fullPage: true });
await close();
