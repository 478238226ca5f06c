// Every section with a view is brought to life.
for (const section of document.querySelectorAll("section[data-view]")) {
  views[section.dataset.view](section, given.views[section.dataset.view]);
}
document.documentElement.dataset.ready = "true";
