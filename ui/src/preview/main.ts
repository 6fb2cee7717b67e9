// The window without a shell, for looking at it while it is built. Not part of what is shipped.
import { mount } from "svelte";
import "../tokens.css";
import "../base.css";
import { desk } from "../desk.svelte";
import { overwriteGetLocale } from "../paraglide/runtime";
import App from "../views/App.svelte";
import { previewPort } from "./port";
import { scenes } from "./scenes";

const query = new URLSearchParams(location.search);
const scene = scenes[query.get("scene") ?? "idle"];
const locale = query.get("locale");
if (locale) overwriteGetLocale(() => locale as ReturnType<typeof import("../paraglide/runtime").getLocale>);
const target = document.getElementById("app");
if (target && scene) {
  mount(App, { target });
  void desk.connect(previewPort(scene));
} else if (target) {
  for (const name of Object.keys(scenes)) {
    const link = document.createElement("a");
    link.href = `?scene=${name}`;
    link.textContent = `${name} `;
    target.append(link);
  }
}
