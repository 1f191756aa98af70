// Lists of images as cards, and the galleries.
(() => {
  "use strict";
  const { el, fill } = selcn;
  const AT_ONCE = 24;

  // Replace `holder` by the image's thumbnail once its sheet is loaded.
  async function showThumbnail(holder, dataset, id, protocol, focus) {
    try {
      holder.replaceChildren(selcn.thumbnail(await selcn.load(`sheets/${dataset}/${id}`), protocol, focus));
    } catch (error) {
      holder.textContent = error.message;
    }
  }

  // Return the data set of an item's image; near-duplicates may be of two.
  const datasetOf = (item, index) => item.datasets?.[index] ?? item.dataset;

  // Return the image's button, which opens its sheet; plain text where it has none.
  function image(item, index, list) {
    const id = item.images[index];
    const dataset = datasetOf(item, index);
    const holder = el("span", { class: "viewer-thumbnail" });
    const caption = el("span", { class: "viewer-id" }, id);
    if (!selcn.hasSheet(dataset, id)) {
      holder.append("no sheet");
      return el("div", { class: "viewer-image" }, holder, caption);
    }
    showThumbnail(holder, dataset, id, list.protocol, item.focus);
    const isThis = (entry) => entry.item === item && entry.index === index;
    const open = () => selcn.openSheet(list.entries, list.entries.findIndex(isThis));
    return el("button", { type: "button", class: "viewer-image", onclick: open }, holder, caption);
  }

  function card(item, list) {
    return el(
      "li",
      { class: item.images.length > 1 ? "viewer-card viewer-pair" : "viewer-card" },
      el("div", { class: "viewer-images" }, item.images.map((_, index) => image(item, index, list))),
      item.text && el("span", { class: "viewer-text" }, item.text),
    );
  }

  // Fill `container` with the cards of items ({dataset, datasets, images, text, focus}), 24 at a time. The list that the sheets'
  // previous and next go through has the images that have a sheet.
  function showCards(container, items, protocol) {
    const entries = items.flatMap((item) =>
      item.images
        .map((id, index) => ({ item, index, id, dataset: datasetOf(item, index), protocol }))
        .filter(({ id, dataset }) => selcn.hasSheet(dataset, id)),
    );
    const list = { entries, protocol };
    const cards = el("ul", { class: "viewer-cards" });
    const more = el("button", { type: "button", class: "viewer-more", onclick: () => showMore(true) });
    let shown = 0;

    function showMore(focus) {
      const next = items.slice(shown, shown + AT_ONCE).map((item) => card(item, list));
      shown += next.length;
      cards.append(...next);
      const left = items.length - shown;
      more.hidden = left === 0;
      more.textContent =
        left > AT_ONCE ? `Show ${AT_ONCE} more of ${left.toLocaleString("en")}` : `Show the other ${left}`;
      if (focus) (next[0].querySelector("button") ?? more).focus();
    }

    showMore(false);
    container.replaceChildren(cards, more);
  }

  function startGalleries() {
    const choice = document.getElementById("viewer-gallery");
    const views = document.getElementById("viewer-view");
    const { galleries } = selcn.galleries;
    if (galleries.length === 0) {
      document.getElementById("viewer-gallery-note").textContent = "This study has no galleries.";
      return;
    }
    const showView = () => {
      const gallery = galleries[choice.value];
      const view = gallery.views[views.value];
      document.getElementById("viewer-gallery-note").textContent = [gallery.note, view?.note].filter(Boolean).join(" ");
      const cards = document.getElementById("viewer-gallery-cards");
      if (view?.items.length) showCards(cards, view.items, view.protocol);
      else cards.replaceChildren(el("p", {}, "No image is listed here."));
    };
    const showGallery = () => {
      const gallery = galleries[choice.value];
      fill(views, gallery.views.map((view, i) => [String(i), view.label]));
      showView();
    };
    choice.addEventListener("change", showGallery);
    views.addEventListener("change", showView);
    fill(choice, galleries.map((gallery, i) => [String(i), gallery.title]), "0");
    showGallery();
  }

  Object.assign(selcn, { showCards, startGalleries });
})();
