// Icons of the shared set as Preact elements.

import { h } from 'preact';
import { ICON_ATTRIBUTES, type IconNodes } from '@octim/ui';

export function Icon({ nodes, size = 20 }: { nodes: IconNodes; size?: number }) {
  return (
    <svg {...ICON_ATTRIBUTES} width={size} height={size} class="icon">
      {nodes.map(([tag, attributes]) => h(tag, { ...attributes }))}
    </svg>
  );
}
