/** Where the page begins. */

import { App } from "./page/app.js";
import { connect, fillEngine, restoreTheme } from "./page/controls.js";
import { keepOffline } from "./page/offline.js";
import { capabilities } from "./engine/sessions.js";

const $ = (id) => document.getElementById(id);

restoreTheme();
const catalogue = await (await fetch("models.json")).json();
const detectors = catalogue.models.filter(({ role }) => role === "detector");
fillEngine(detectors, await capabilities());
$("version").textContent = `edge-landmarks ${catalogue.version}`;

const app = new App(catalogue);
connect(app);
app.view();
await Promise.all([app.start(), app.sample()]);

const say = (text) => ($("offline").textContent = text);
// last, so that keeping the page does not compete with showing it
keepOffline(say).catch((error) => say(`Not kept for offline use: ${error.message}`));
