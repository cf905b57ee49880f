/** Makes an element whose name among the parts is `part`. No markup is parsed, so pages may require Trusted Types. */
export const make = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  part: string,
  members: Readonly<Partial<Record<string, unknown>>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] => {
  const element = Object.assign(document.createElement(tag), members);
  if (part) element.setAttribute("part", part);
  element.append(...children);
  return element;
};

/** Changes a text only if it is another, because screen readers speak of changes. */
export const setText = (element: HTMLElement, text: string): void => {
  if (element.textContent !== text) element.textContent = text;
};

const SVG = "http://www.w3.org/2000/svg";

/** An arrow into a tray. */
export const icon = (): SVGElement => {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  for (const [name, value] of [["part", "icon"], ["viewBox", "0 0 24 24"], ["aria-hidden", "true"]] as const) svg.setAttribute(name, value);
  path.setAttribute("d", "M12 15.5V4m-4.5 4.5L12 4l4.5 4.5M4.500 14.500v3a2.500 2.500 0 0 0 2.500 2.500h10a2.500 2.500 0 0 0 2.500-2.500v-3");
  svg.append(path);
  return svg;
};
