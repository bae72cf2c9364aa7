// All texts in this language. The pairs of files have the same keys; a test holds them together.

import inbox from './inbox/zh-CN.json';
import knowledge from './knowledge/zh-CN.json';
import learning from './learning/zh-CN.json';
import settings from './settings/zh-CN.json';
import shell from './shell/zh-CN.json';

export default {
  ...shell,
  ...inbox,
  ...knowledge,
  ...learning,
  ...settings,
  profile: { ...shell.profile, ...settings.profile },
};
