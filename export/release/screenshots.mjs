// Draws the page in headless Chromium, for export/release/screenshots.py: a dark desktop and a light phone, with both
// networks on the camera. Arguments: Chromium's path, the film that its camera plays, the page's address, two sizes
// (WIDTHxHEIGHT) and two PNG files.

import { chromium } from "../../runtime/web/node_modules/playwright-core/index.mjs";

/** Milliseconds that the page runs before it is drawn, so that its latencies are those of warm networks. */
const RUNNING = 8000;
const PATIENCE = 120_000;

const [executablePath, film, url, desktop, phone, desktopFile, phoneFile] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${film}`,
  ],
});
try {
  await draw(desktop, "dark", desktopFile);
  await draw(phone, "light", phoneFile);
} finally {
  await browser.close();
}

async function draw(size, colorScheme, path) {
  const [width, height] = size.split("x").map(Number);
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  await page.goto(url);
  await status(page, "1 face in sample.jpg");
  await page.evaluate(() => document.querySelector("#view [value=both]").click());
  await page.click("#camera");
  await status(page, "1 face in camera");
  await page.waitForTimeout(RUNNING);
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path });
  await context.close();
}

async function status(page, text) {
  await page.waitForFunction((wanted) => document.querySelector("#status").textContent.includes(wanted), text);
}
