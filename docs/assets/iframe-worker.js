// A page that is opened from disk may start no worker; its search then runs in a hidden frame, by the same messages.
if (location.protocol === "file:") window.Worker = class extends EventTarget {
  constructor(url) {
    super();
    const frame = document.createElement("iframe");
    frame.hidden = true;
    this.inside = new Promise(ready => frame.onload = () => {
      const inside = frame.contentWindow, script = inside.document.createElement("script");
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", {data}));
      script.onload = () => ready(inside);
      script.src = url;
      inside.document.body.append(script);
    });
    document.body.append(frame);
  }

  async postMessage(data) {
    (await this.inside).dispatchEvent(new MessageEvent("message", {data}));
  }
};
