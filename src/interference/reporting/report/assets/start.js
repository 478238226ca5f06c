// Runs the page's scripts after the first frame is drawn, so that a reader sees the answer at once.

requestAnimationFrame(() => {
  requestAnimationFrame(() => {
    for (const waiting of document.getElementById("scripts").content.querySelectorAll("script")) {
      const script = document.createElement("script");
      script.textContent = waiting.textContent;
      document.body.append(script);
    }
  });
});
