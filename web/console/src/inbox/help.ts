// Telling an agent that a colleague needs help, with the ways to it; and taking over.

import { oneLine } from '@octim/ui';
import { isCode } from '~/api/http';
import type { AgentConversation, Id } from '~/api/types';
import { translate } from '~/lib/i18n';
import { toast, toastError } from '~/lib/toast';
import { router } from '~/router';
import { useChats } from '~/stores/chats';
import { useDirectory } from '~/stores/directory';

export const mayTakeOver = ({ help }: AgentConversation) => help != null && help.kind !== 'told';

const show = (id: Id, view: 'all' | 'mine') => void router.push({ name: 'inbox', params: { view, id } });

/** One of those who try gets it; the others learn so. */
export async function takeOver(id: Id): Promise<void> {
  try {
    await useChats().takeOver(id);
    show(id, 'mine');
  } catch (error) {
    // Who does not see it any more is told no more than that.
    if (isCode(error, 'already_assigned', 'not_found')) toast(translate('help.gone'), 'info');
    else toastError(error);
  }
}

/** In words: how the visitor feels, and whose conversation it is. */
export function callText({ contact_name, assignee_id, help, mood }: AgentConversation): string {
  const visitor = oneLine(contact_name) || translate('contact.unnamed');
  const agent = oneLine(useDirectory().agents.get(assignee_id ?? '')?.name ?? '') || translate('notice.colleague');
  if (help?.kind === 'asked' || !mood) return translate('help.asks', { visitor, agent });
  const feels = translate(`mood.strength.${mood.strength}`, { kind: translate(`mood.kind.${mood.kind}`) });
  return translate('help.upset', { visitor, agent, feels });
}

export function tell(conversation: AgentConversation): void {
  const { id } = conversation;
  const open = { text: translate('help.open'), run: () => show(id, 'all') };
  const take = { text: translate('help.takeOver'), run: () => void takeOver(id) };
  toast(callText(conversation), 'help', ...(mayTakeOver(conversation) ? [take, open] : [open]));
}
