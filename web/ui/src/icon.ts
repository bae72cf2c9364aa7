// Draws an icon from its nodes with DOM calls; frameworks walk the nodes themselves.

/** The shapes of an icon in a 24 × 24 box, stroked with the current colour. */
export type IconNodes = readonly (readonly [tag: string, attributes: Readonly<Record<string, string>>])[];

export const ICON_ATTRIBUTES = {
  viewBox: '0 0 24 24',
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': '2',
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
  'aria-hidden': 'true',
} as const;

const SVG = 'http://www.w3.org/2000/svg';

export function iconElement(nodes: IconNodes, size = 20): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [name, value] of Object.entries(ICON_ATTRIBUTES)) svg.setAttribute(name, value);
  svg.setAttribute('width', String(size));
  svg.setAttribute('height', String(size));
  for (const [tag, attributes] of nodes) {
    const child = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) child.setAttribute(name, value);
    svg.append(child);
  }
  return svg;
}
