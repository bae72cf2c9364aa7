// All texts in this language. The pairs of files have the same keys; a test holds them together.

import inbox from './inbox/en.json';
import knowledge from './knowledge/en.json';
import learning from './learning/en.json';
import settings from './settings/en.json';
import shell from './shell/en.json';

export default {
  ...shell,
  ...inbox,
  ...knowledge,
  ...learning,
  ...settings,
  profile: { ...shell.profile, ...settings.profile },
};
