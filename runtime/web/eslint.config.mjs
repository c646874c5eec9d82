import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["vendor/**", "node_modules/**"] },
  js.configs.recommended,
  { files: ["static/**/*.js"], languageOptions: { globals: { ...globals.browser, ...globals.worker } } },
  { files: ["static/sw.js"], languageOptions: { globals: { ...globals.serviceworker, KEPT: "readonly" } } },
  { rules: { "no-unused-vars": "error", eqeqeq: "error", "prefer-const": "error", "no-var": "error" } },
];
