/** Elements by name. A name that the page does not have is a programming error. */

export const byId = <Element extends HTMLElement = HTMLElement>(id: string): Element => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no element #${id}`);
  return found as Element;
};

/** A copy of a template's one element, and a function that finds its parts. */
export const copyOf = (template: string): { element: HTMLElement; part: <Part extends HTMLElement>(name: string) => Part } => {
  const { content } = byId<HTMLTemplateElement>(template);
  const element = content.firstElementChild?.cloneNode(true) as HTMLElement;
  return {
    element,
    part: <Part extends HTMLElement>(name: string): Part => {
      const found = element.querySelector<Part>(`[data-part="${name}"]`);
      if (found === null) throw new Error(`no part ${name} in #${template}`);
      return found;
    },
  };
};
