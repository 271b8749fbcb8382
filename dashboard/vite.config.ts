import { defineConfig } from "vite";

// `npm run dev` shows the page of a controller that runs here.
const controller = process.env.HALDANE_HTTP ?? "http://127.0.0.1:7461";

export default defineConfig({
  esbuild: { jsx: "automatic" },
  build: { target: "es2022", modulePreload: { polyfill: false }, assetsInlineLimit: 0, reportCompressedSize: false },
  server: { proxy: { "/v1": controller } },
});
