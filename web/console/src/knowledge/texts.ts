// Texts of parts of the knowledge base that are loaded when they are first shown.

import { i18n } from '~/lib/i18n';
import en from '../locales/answers/en.json';
import zhCN from '../locales/answers/zh-CN.json';

i18n.global.mergeLocaleMessage('zh-CN', zhCN);
i18n.global.mergeLocaleMessage('en', en);
