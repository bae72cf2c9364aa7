// What the engine's codes are called here; a code without a name stands for itself.

import { useI18n } from 'vue-i18n';

export function useNames() {
  const { t, te } = useI18n();
  const named = (key: string, code: string) => (te(key) ? t(key) : code);
  return {
    pos: (code: string) => named(`lang.posName.${code.toLowerCase()}`, code),
    relation: (code: string) => named(`lang.relation.${code}`, code),
    entity: (code: string) => named(`lang.entity.${code}`, code),
    scope: (code: string) => named(`lang.scope.${code}`, code),
    question: (code: string) => named(`lang.asks.${code}`, code),
    mood: (code: string) => named(`lang.mood.${code}`, code),
  };
}
