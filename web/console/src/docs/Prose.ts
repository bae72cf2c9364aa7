// A description of the server: text with `code` in it.

import { type FunctionalComponent, h } from 'vue';

export const Prose: FunctionalComponent<{ text: string }> = ({ text }) =>
  h(
    'span',
    { lang: 'en' },
    text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? h('code', { key: index }, part) : part)),
  );
Prose.props = { text: { type: String, required: true } };
