// Starts the window: the language, the look, the desk, then the first picture.
import { mount } from "svelte";
import "./tokens.css";
import "./base.css";
import { desk } from "./desk.svelte";
import { getLocale } from "./paraglide/runtime";
import { shell } from "./state/shell";
import App from "./views/App.svelte";

document.documentElement.lang = getLocale();
const target = document.getElementById("app");
if (target) mount(App, { target });
void desk.connect(shell);
