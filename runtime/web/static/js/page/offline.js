/** Keeping the page for offline use, and taking up a new version of it. */

/**
 * Register the service worker.
 *
 * @param say called with a sentence on what can be expected offline.
 */
export async function keepOffline(say) {
  if (!("serviceWorker" in navigator)) {
    say("Served without https, this page is not kept for offline use.");
    return;
  }
  const registration = await navigator.serviceWorker.register("sw.js");
  registration.addEventListener("updatefound", () => {
    const coming = registration.installing;
    coming.addEventListener("statechange", () => {
      if (coming.state === "installed" && navigator.serviceWorker.controller) offerUpdate(coming);
    });
  });
  if (registration.waiting && navigator.serviceWorker.controller) offerUpdate(registration.waiting);
  await navigator.serviceWorker.ready;
  say("Works offline.");
}

function offerUpdate(worker) {
  const toast = Object.assign(document.createElement("div"), { className: "toast", role: "status" });
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Reload" });
  button.addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    worker.postMessage("take over");
  });
  toast.append("A new version is ready.", button);
  document.body.append(toast);
}
