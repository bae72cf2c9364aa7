// The demo shop: a small single-page shop with hash navigation. It treats OctIM as any
// customer's site would: the script tag in the page, and window.octim() for the rest.
import { TEXTS } from "/demo/texts.js";

const CATEGORIES = ["tea", "bed", "bath", "home", "kitchen"];
const PICTURE = 400;
const FREE_SHIPPING = 9_900;
const OFFERS = [[60_000, 8_000], [30_000, 3_000]];

// Calls made before the script has loaded wait in a queue that it takes over.
window.octim ??= (...call) => (window.octim.q ??= []).push(call);

const main = document.getElementById("main");
let goods = [];
let locale = pickLocale();
const cart = new Map(Object.entries(load("cart", {})));

const t = (key) => TEXTS[locale][key] ?? key;
const say = (texts) => texts[locale];
const price = (fen) => (locale === "en" ? "CN¥" : "¥") + (fen / 100).toFixed(fen % 100 ? 2 : 0);

function load(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`camellia.${key}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

function save(key, value) {
  try {
    localStorage.setItem(`camellia.${key}`, JSON.stringify(value));
  } catch {
    // Storage is full or forbidden: the shop works without it.
  }
}

function pickLocale() {
  const asked = new URLSearchParams(location.search).get("lang") ?? load("locale", navigator.language);
  return asked.startsWith("zh") ? "zh-CN" : "en";
}

/** An element with properties, `on…` handlers and children; text is always text. */
function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const button = (label, onclick, kind = "") => h("button", { type: "button", class: kind, onclick }, label);
const ask = (kind = "") => button(t("ask"), () => window.octim("open"), kind);
const picture = (id, lazy) =>
  h("img", { src: `/demo/images/${id}.svg`, alt: "", width: PICTURE, height: PICTURE, loading: lazy ? "lazy" : undefined });

function prices(item) {
  return h("p", { class: "price" }, h("b", {}, price(item.price_fen)),
    item.list_price_fen ? h("s", { "aria-label": `${t("was")} ${price(item.list_price_fen)}` }, price(item.list_price_fen)) : null);
}

function card(item) {
  return h("a", { class: "card", href: `#/product/${item.id}` }, h("span", { class: "frame" }, picture(item.id, true)),
    h("span", { class: "name" }, say(item.name)), h("span", { class: "summary" }, say(item.summary)), prices(item));
}

function homePage() {
  const promises = [1, 2, 3, 4].map((n) => h("li", {}, h("b", {}, t(`p${n}`)), h("span", {}, t(`p${n}d`))));
  return [
    h("section", { class: "hero" },
      h("div", { class: "pitch" }, h("p", { class: "kicker" }, t("kicker")), h("h1", {}, t("headline")), h("p", { class: "lead" }, t("lead")),
        h("p", { class: "actions" }, h("a", { class: "button", href: "#/category/all" }, t("browse")), ask("quiet"))),
      h("img", { class: "scene", src: "/demo/images/hero.svg", alt: "", width: 720, height: 560 })),
    h("ul", { class: "promises" }, promises),
    ...listPage("all"),
  ];
}

function listPage(category) {
  const chosen = goods.filter((item) => category === "all" || item.category === category);
  const chips = ["all", ...CATEGORIES].map((key) =>
    h("a", { class: "chip", href: `#/category/${key}`, "aria-current": key === category ? "page" : undefined }, t(key)));
  return [h("div", { class: "bar" }, h("h2", { class: "heading" }, t(category)), h("div", { class: "chips" }, chips)),
    h("section", { class: "grid" }, chosen.map(card))];
}

function productPage(item) {
  const related = goods.filter((other) => other.id !== item.id)
    .sort((a, b) => (b.category === item.category) - (a.category === item.category)).slice(0, 4);
  const askThis = () => {
    window.octim("set", { attributes: { product: `${say(item.name)} ${price(item.price_fen)}` } });
    window.octim("open");
  };
  return [
    h("p", { class: "crumb" }, h("a", { href: "#/category/all" }, `‹ ${t("back")}`)),
    h("article", { class: "product" }, h("div", { class: "frame" }, picture(item.id)),
      h("div", { class: "facts" }, h("h1", {}, say(item.name)), h("p", { class: "lead" }, say(item.summary)), prices(item),
        h("p", { class: "actions" }, button(t("add"), () => add(item.id), "button"), button(t("askThis"), askThis, "quiet")),
        h("h2", {}, t("details")), h("ul", { class: "details" }, say(item.details).map((line) => h("li", {}, line))),
        h("p", { class: "faint" }, `${t("p1")} · ${t("p2")} · ${t("p3")}`))),
    h("h2", { class: "heading" }, t("related")), h("section", { class: "grid" }, related.map(card)),
  ];
}

function cartPage() {
  const lines = [...cart].map(([id, count]) => [goods.find((item) => item.id === id), count]).filter(([item]) => item);
  if (lines.length === 0) {
    return [h("section", { class: "empty" }, h("img", { src: "/demo/images/logo.svg", alt: "", width: 72, height: 55 }),
      h("p", {}, t("cartEmpty")), h("a", { class: "button", href: "#/category/all" }, t("goShopping")))];
  }
  const sum = lines.reduce((total, [item, count]) => total + item.price_fen * count, 0);
  const off = OFFERS.find(([least]) => sum >= least)?.[1] ?? 0;
  const shipping = sum - off >= FREE_SHIPPING ? 0 : 1_000;
  const row = (label, value, kind) => h("p", { class: kind }, h("span", {}, label), h("b", {}, value));
  const step = (id, change, label, sign) =>
    h("button", { type: "button", class: "step", "aria-label": label, onclick: () => add(id, change) }, sign);
  return [
    h("h1", { class: "heading" }, t("cart")),
    h("section", { class: "basket" },
      h("ul", {}, lines.map(([item, count]) => h("li", {}, h("a", { class: "frame", href: `#/product/${item.id}`, "aria-label": say(item.name) }, picture(item.id)),
        h("div", {}, h("b", {}, say(item.name)), prices(item)),
        h("div", { class: "count" }, step(item.id, -1, t("less"), "−"), h("span", {}, String(count)), step(item.id, 1, t("more"), "+"),
          button(t("remove"), () => add(item.id, -count), "plain"))))),
      h("div", { class: "sum" }, off ? row(t("saved"), `− ${price(off)}`) : null, row(t("shipping"), shipping ? price(shipping) : t("free")),
        row(t("total"), price(sum - off + shipping), "total"), button(t("pay"), () => toast(t("payToast")), "button"), ask("quiet"))),
  ];
}

function helpPage() {
  return [
    h("section", { class: "helptop" }, h("h1", {}, t("helpTitle")), h("p", { class: "lead" }, t("helpLead")),
      button(t("helpAsk"), () => window.octim("open"), "button")),
    h("section", { class: "answers" }, t("helpItems").map(([question, answer]) =>
      h("details", {}, h("summary", {}, question), h("p", {}, answer)))),
  ];
}

function add(id, change = 1) {
  const count = (cart.get(id) ?? 0) + change;
  if (count > 0) cart.set(id, count);
  else cart.delete(id);
  save("cart", Object.fromEntries(cart));
  if (location.hash === "#/cart") show();
  else toast(t("added"));
  badge();
}

function badge() {
  const count = [...cart.values()].reduce((total, n) => total + n, 0);
  const mark = document.getElementById("cart-count");
  mark.hidden = count === 0;
  mark.textContent = String(count);
}

let fading;
function toast(text) {
  const line = document.getElementById("toast");
  line.textContent = text;
  clearTimeout(fading);
  fading = setTimeout(() => (line.textContent = ""), 2_400);
}

function page() {
  const [, kind = "", id] = location.hash.replace(/^#/, "").split("/");
  const item = goods.find((one) => one.id === id);
  if (kind === "") return homePage();
  if (kind === "category" && (id === "all" || CATEGORIES.includes(id))) return listPage(id);
  if (kind === "product" && item) return productPage(item);
  if (kind === "cart") return cartPage();
  if (kind === "help") return helpPage();
  return [h("section", { class: "empty" }, h("p", {}, t("notFound")), h("a", { class: "button", href: "#/" }, t("goShopping")))];
}

function show() {
  document.documentElement.lang = locale;
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  const language = document.getElementById("language");
  language.textContent = t("other");
  language.lang = locale === "en" ? "zh-CN" : "en";
  const here = location.hash.split("/").slice(1, 3).join("/");
  document.getElementById("menu").replaceChildren(...[...CATEGORIES.map((key) => [`category/${key}`, key]), ["help", "help"]]
    .map(([path, key]) => h("a", { href: `#/${path}`, "aria-current": here === path ? "page" : undefined }, t(key))));
  main.replaceChildren(...page());
  const name = main.querySelector("h1")?.textContent.replace("\n", "");
  document.title = location.hash.length > 2 && name ? `${name} · ${t("brand")}` : t("title");
}

addEventListener("hashchange", () => {
  if (!location.hash.startsWith("#/")) return;
  show();
  scrollTo(0, 0);
  main.focus({ preventScroll: true });
});
document.getElementById("language").addEventListener("click", () => {
  locale = locale === "en" ? "zh-CN" : "en";
  save("locale", locale);
  show();
});

goods = await (await fetch("/demo/products.json")).json();
badge();
show();
