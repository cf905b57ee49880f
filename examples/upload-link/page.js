import "./element.min.js";

const upload = document.querySelector("connect-upload");

// The fragment is never sent to a server. It leaves the address bar and the history at once, so that no bookmark, screen
// share or script that is loaded later has it.
function open() {
  const link = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  if (!link.has("token") || !link.has("resource")) return;
  upload.token = link.get("token");
  upload.resource = link.get("resource");
  upload.hidden = false;
  document.querySelector("#advice").hidden = true;
}

open();
// A second link in the same tab changes the fragment only, and loads no page.
addEventListener("hashchange", open);
