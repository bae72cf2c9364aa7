// An icon of @octim/ui as a component. Decorative: the control around it carries the name.

import { ICON_ATTRIBUTES, type IconNodes } from '@octim/ui';
import { type FunctionalComponent, h } from 'vue';

interface Props {
  of: IconNodes;
  size?: number;
  /** Filled with the current colour (stars). */
  filled?: boolean;
}

export const OIcon: FunctionalComponent<Props> = ({ of, size = 18, filled }) =>
  h(
    'svg',
    {
      ...ICON_ATTRIBUTES,
      width: size,
      height: size,
      fill: filled ? 'currentColor' : 'none',
      class: 'o-icon',
    },
    of.map(([tag, attributes], index) => h(tag, { key: index, ...attributes })),
  );
OIcon.props = { of: { type: Array, required: true }, size: Number, filled: Boolean };
