// Messages: seen for a moment in a corner, and read aloud by screen readers.
const message = document.getElementById("said");
let quiet = 0;

function say(text) {
  clearTimeout(quiet);
  message.textContent = text;
  message.classList.add("seen");
  quiet = setTimeout(() => message.classList.remove("seen"), 4000);
}

// For screen readers alone: what others see elsewhere.
function tell(text) {
  message.classList.remove("seen");
  message.textContent = text;
}

async function copyText(text, what) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { value: text, className: "unseen" });
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  say(done ? `Copied: ${what}.` : "The browser did not allow copying.");
}
