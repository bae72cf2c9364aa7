// What the console and the chat window share and no framework owns.

export * from './article';
export * from './avatar';
export * from './copy';
export * from './format';
export * from './icon';
export * from './icons';
export * from './sound';
export * from './text';
export * from './theme';
