// Элементы страницы в одну строку.

/** Элемент: имя, свойства (on… — слушатели) и то, что внутри. */
export function create(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}

/** То же для рисунка. */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  fill(element, attributes, children);
  return element;
}

function fill(element, attributes, children) {
  for (const [attribute, value] of Object.entries(attributes)) {
    if (attribute.startsWith("on")) element.addEventListener(attribute.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(attribute, value);
  }
  element.append(...children);
}
