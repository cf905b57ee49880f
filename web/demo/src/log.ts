import { byId, copyOf } from "./dom.ts";
import type { Answered, Sent } from "./exchanges.ts";

/** Shows a request at once, and its answer when it arrives. */
export const showExchange = (sent: Sent): ((answered: Answered) => void) => {
  const { element, part } = copyOf("exchange");
  part("method").textContent = sent.method;
  part("path").textContent = sent.path;
  part("request").textContent = sent.text;
  byId("log").append(element);
  byId("count").textContent = String(byId("log").childElementCount);
  return ({ verdict, isError, text }) => {
    part("verdict").textContent = verdict;
    part("verdict").toggleAttribute("data-error", isError);
    part("answer").textContent = text;
  };
};
