// What a page can be read without: fetched when this has run, so that on a slow line the stylesheet comes first.
// Which modules those are is said by the page, in data-modules. Leaving quickly works as a link meanwhile.

const { modules } = document.querySelector("script[data-modules]").dataset;

for (const name of modules.split(" ")) import(`./${name}.js`);
