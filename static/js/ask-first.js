// Shows what to ask before the kind of visit that is chosen. Without this module the page shows it
// once the patient is looked for.

const kind = document.querySelector("[name=visit_type]");

function show() {
  for (const asks of document.querySelectorAll("[data-asks]")) {
    asks.hidden = asks.dataset.asks !== kind.value;
  }
}

kind.addEventListener("change", show);
show();
