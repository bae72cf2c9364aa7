// What can be asked for many entries at once, besides the steps of their lives.

export const ASKED = ['category', 'audience', 'addTag', 'removeTag', 'owner', 'validity'] as const;
export type Asked = (typeof ASKED)[number];
