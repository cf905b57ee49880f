import "./element.min.js";

const form = document.querySelector("form");
const upload = document.querySelector("connect-upload");
const status = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  status.textContent = "Sending…";
  try {
    const answer = await fetch("form", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (!answer.ok) throw new Error(`the form was answered with ${answer.status}`);
    const { resource, token } = await answer.json();
    upload.token = token;
    upload.resource = resource;
    upload.hidden = false;
    status.textContent = "Thank you. You can add files below for a quarter of an hour.";
  } catch {
    button.disabled = false;
    status.textContent = "This did not work. Please try again.";
  }
});
