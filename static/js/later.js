// What a page can be read without: fetched when this has run, so that on a slow line the stylesheet comes first.
// Which modules those are is said by the page, in data-modules. Leaving quickly works as a link meanwhile. When all
// of them have run, the page says so in data-ready.

const { modules } = document.querySelector("script[data-modules]").dataset;

await Promise.all(modules.split(" ").map((name) => import(`./${name}.js`)));
document.documentElement.dataset.ready = "";
