// What is looked at inside a page. Each function gives sentences about what is wrong, with the element; none changes the page for good.
window.look = (() => {
  const FOCUSABLE = "a[href], area[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]";
  const TYPED = "input:not([type=hidden], [type=radio], [type=checkbox], [type=color], [type=file], [type=range]), select, textarea";

  const name = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const classes = [...element.classList].map((one) => `.${one}`).join("");
    const words = (element.textContent || element.getAttribute("name") || "").trim().replace(/\s+/g, " ").slice(0, 40);
    const place = element.closest("[id]:not(main)");
    const within = place && place !== element ? `#${place.id} ` : "";
    return `${within}${element.localName}${id}${classes}${words ? ` “${words}”` : ""}`;
  };
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const isFocusable = (element) => !element.disabled && element.type !== "hidden" && isShown(element) &&
    (element.localName !== "summary" || element.parentElement.localName === "details");
  const stops = () => all(FOCUSABLE).filter((element) => isFocusable(element) && element.tabIndex >= 0);
  const seconds = (list) => Math.max(0, ...list.split(",").map((one) => parseFloat(one) * (one.trim().endsWith("ms") ? 0.001 : 1)));

  function references() {
    const wrong = [];
    const ids = new Map();
    for (const element of all("[id]")) ids.set(element.id, (ids.get(element.id) || 0) + 1);
    for (const [id, count] of ids) if (count > 1) wrong.push(`the id “${id}” is there ${count} times`);
    for (const label of all("label[for]")) if (!label.control) wrong.push(`${name(label)} labels nothing: for="${label.htmlFor}"`);
    for (const attribute of ["aria-describedby", "aria-labelledby", "aria-controls", "aria-owns", "aria-errormessage", "headers", "list", "form"]) {
      for (const element of all(`[${attribute}]`)) {
        for (const id of element.getAttribute(attribute).split(/\s+/)) {
          if (!ids.has(id)) wrong.push(`${name(element)} points with ${attribute} at “${id}”, which is not there`);
        }
      }
    }
    for (const link of all('a[href^="#"]')) {
      const id = decodeURIComponent(link.hash.slice(1));
      if (id && !ids.has(id)) wrong.push(`${name(link)} leads to “#${id}”, which is not there`);
    }
    for (const element of all("[style], style")) wrong.push(`${name(element)} is an inline style`);
    for (const element of all("*")) {
      const handler = [...element.attributes].find((one) => one.name.startsWith("on"));
      if (handler || (element.localName === "script" && !element.src)) wrong.push(`${name(element)} has an inline script`);
    }
    return wrong;
  }

  function order() {
    const wrong = [];
    const list = stops();
    if (list[0] !== document.getElementById("exit")) wrong.push(`the first stop of Tab is ${list[0] ? name(list[0]) : "nothing"} and not the quick exit`);
    if (!list[1] || list[1].getAttribute("href") !== "#main") wrong.push(`the second stop of Tab is ${list[1] ? name(list[1]) : "nothing"} and not the link to the text`);
    for (const element of all("[tabindex]")) if (element.tabIndex > 0) wrong.push(`${name(element)} has the positive tabindex ${element.tabIndex}`);
    for (const element of all("body *")) {
      const style = getComputedStyle(element);
      if (/reverse/.test(style.flexDirection) && style.display.includes("flex")) wrong.push(`${name(element)} shows its parts in reverse order`);
    }
    return wrong;
  }

  // After one real Tab, focus set by script counts as focus by keyboard, and shows what a keyboard would show.
  function focus() {
    const wrong = [];
    for (const element of stops()) {
      element.focus();
      if (document.activeElement !== element) { wrong.push(`${name(element)} takes no focus`); continue; }
      const style = getComputedStyle(element);
      const isDrawn = style.outlineStyle !== "none" && style.outlineStyle !== "auto" && parseFloat(style.outlineWidth) >= 2 &&
        !/rgba\(.*, 0\)|transparent/.test(style.outlineColor);
      const box = element.getBoundingClientRect();
      if (!isDrawn) wrong.push(`${name(element)} shows no focus (outline ${style.outlineStyle} ${style.outlineWidth})`);
      if (box.width < 4 || box.height < 4) wrong.push(`${name(element)} has focus and cannot be seen`);
      else if (!isOnTop(element)) wrong.push(`${name(element)} has focus and is covered`);
    }
    document.activeElement.blur();
    return wrong;
  }

  function isOnTop(element) {
    const label = element.labels && element.labels[0];
    return [...element.getClientRects()].some((box) => [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]].some(([x, y]) => {
      const [start, end] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
      const top = document.elementFromPoint(box.left + box.width * x, start + (end - start) * y);
      return top && (top === element || element.contains(top) || (label && label.contains(top)));
    }));
  }

  // WCAG 2.5.8: 24 by 24 pixels, or inline in a sentence, or with that much room around the middle. What stays in the
  // window while the page moves under it is near to something only for as long as nobody scrolls.
  function targets() {
    const boxes = all(FOCUSABLE).filter((element) => isFocusable(element) && !element.matches("main, [tabindex='-1']")).map((element) => {
      const label = element.matches("[type=radio], [type=checkbox]") && element.labels && element.labels[0];
      const box = (label || stretched(element) || element).getBoundingClientRect();
      return { element, box, isSmall: box.width < 24 || box.height < 24, stays: staysInWindow(element), x: box.left + box.width / 2, y: box.top + box.height / 2 };
    });
    return boxes.filter((one) => one.isSmall && one.box.width > 1 && !isInSentence(one.element)).filter((one) => boxes.some((other) => {
      if (other === one || other.stays !== one.stays || other.element.contains(one.element) || one.element.contains(other.element)) return false;
      if (other.isSmall && Math.hypot(one.x - other.x, one.y - other.y) < 24) return true;
      const dx = Math.max(other.box.left - one.x, 0, one.x - other.box.right);
      const dy = Math.max(other.box.top - one.y, 0, one.y - other.box.bottom);
      return Math.hypot(dx, dy) < 12;
    }) || one.element.matches("button, input, select, textarea")).map((one) =>
      `${name(one.element)} is a target of ${Math.round(one.box.width)} by ${Math.round(one.box.height)} pixels`);
  }

  // A link whose ::after lies over the whole of its card is as large as the card.
  function stretched(element) {
    const after = getComputedStyle(element, "::after");
    if (after.content === "none" || after.position !== "absolute") return null;
    let parent = element;
    while (parent && getComputedStyle(parent).position === "static") parent = parent.parentElement;
    return parent;
  }

  function staysInWindow(element) {
    for (let one = element; one; one = one.parentElement) if (getComputedStyle(one).position === "fixed") return true;
    return false;
  }

  function isInSentence(element) {
    if (element.localName !== "a" || !getComputedStyle(element).display.startsWith("inline")) return false;
    const block = element.closest("p, li, dd, dt, td, th, label, span, figcaption, summary, h1, h2, h3, h4, blockquote");
    return Boolean(block) && block.textContent.trim().length > element.textContent.trim().length + 3;
  }

  function sideways(what) {
    const root = document.scrollingElement;
    const width = root.clientWidth;
    if (root.scrollWidth <= width) return [];
    const isKept = (element) => {
      for (let parent = element.parentElement; parent && parent !== document.body; parent = parent.parentElement) {
        if (getComputedStyle(parent).overflowX !== "visible") return true;
      }
      return false;
    };
    const wide = all("body *").filter((element) => element.getBoundingClientRect().right > width + 1 && !isKept(element));
    const inner = wide.filter((element) => !wide.some((other) => other !== element && element.contains(other)));
    return [`${what}: the page is ${root.scrollWidth} pixels wide instead of ${width}: ${inner.slice(0, 3).map(name).join("; ")}`];
  }

  const textSize = (size) => { document.documentElement.style.fontSize = size; if (!size) document.documentElement.removeAttribute("style"); };

  function motion() {
    const wrong = document.getAnimations().filter((one) => one.playState === "running").map((one) => `${name(one.effect.target)} moves`);
    for (const element of all("*")) {
      for (const part of [null, "::before", "::after"]) {
        const style = getComputedStyle(element, part);
        if (part && style.content === "none") continue;
        const lasts = seconds(style.transitionDuration) + (style.animationName === "none" ? 0 : seconds(style.animationDuration));
        if (lasts > 0.01) wrong.push(`${name(element)}${part || ""} would move for ${lasts} s`);
      }
      if (getComputedStyle(element).scrollBehavior === "smooth") wrong.push(`${name(element)} scrolls smoothly`);
    }
    return wrong.slice(0, 5);
  }

  // Where the system's colours rule, shadows and backgrounds are gone: what can be used needs an edge or an underline. axe
  // cannot judge the contrast here, since it reads a fill colour that the system overrides without saying so.
  function forced() {
    if (!matchMedia("(forced-colors: active)").matches) return ["forced colours are not on"];
    const hasEdge = (style) => ["Top", "Bottom"].every((side) => parseFloat(style[`border${side}Width`]) >= 1 && style[`border${side}Style`] !== "none");
    const edgeless = all(`${TYPED}, button, .button`).filter(isShown).filter((element) => {
      const style = getComputedStyle(element);
      return !hasEdge(style) && !style.textDecorationLine.includes("underline");
    }).map((element) => `${name(element)} has no edge with forced colours`);
    const hasWords = (element) => [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    const pale = all("body *").filter((element) => hasWords(element) && isShown(element)).map((element) =>
      [element, contrast(getComputedStyle(element).color, behind(element))]).filter(([, ratio]) => ratio < 4.5);
    return [...edgeless, ...pale.map(([element, ratio]) => `${name(element)} is pale with forced colours: ${ratio.toFixed(2)}`)];
  }

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);

  function behind(element) {
    for (let one = element; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((numbers(colour)[3] ?? 1) > 0.99) return colour;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? "rgb(0, 0, 0)" : "rgb(255, 255, 255)";
  }

  function contrast(one, other) {
    const [light, dark] = [one, other].map((colour) => numbers(colour).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    })).map(([red, green, blue]) => 0.2126 * red + 0.7152 * green + 0.0722 * blue).sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  const shift = () => new Promise((done) => {
    const entries = [];
    const observer = new PerformanceObserver((list) => entries.push(...list.getEntries()));
    observer.observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => {
      entries.push(...observer.takeRecords());
      observer.disconnect();
      done(entries.filter((one) => !one.hadRecentInput).map((one) => ({ value: one.value, what: one.sources.map((source) => source.node && source.node.localName ? name(source.node) : "text") })));
    }, 50));
  });

  return { references, order, focus, targets, sideways, textSize, motion, forced, shift };
})();
