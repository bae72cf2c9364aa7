// All texts in this language. The pairs of files have the same keys; a test holds them together.

import inbox from './inbox/en.json';
import settings from './settings/en.json';
import shell from './shell/en.json';

export default {
  ...shell,
  ...inbox,
  ...settings,
  profile: { ...shell.profile, ...settings.profile },
};
