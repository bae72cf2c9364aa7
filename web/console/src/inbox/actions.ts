// What one can do with the open conversation: once for buttons, keys and the palette.

import { iconArchiveRestore, iconCheck, iconHand, iconLifeBuoy, oneLine } from '@octim/ui';
import { computed, type Ref, ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { isCode } from '~/api/http';
import { type Id, Permission } from '~/api/types';
import { toast, toastError } from '~/lib/toast';
import type { Command } from '~/shell/overlays';
import { useChats } from '~/stores/chats';
import { useSession } from '~/stores/session';

export interface Outcome {
  onAccepted?: (id: Id) => void;
  onResolved?: (id: Id) => void;
}

type What = 'accept' | 'resolve' | 'reopen' | 'help';

export function useActions(id: Ref<Id | null>, outcome: Outcome = {}) {
  const { t } = useI18n();
  const chats = useChats();
  const session = useSession();
  const busy = ref<What | null>(null);
  const conversation = computed(() => (id.value ? chats.conversation(id.value) : undefined));
  const can = computed(() => {
    const status = conversation.value?.status;
    return {
      accept: (status === 'queued' || status === 'bot') && session.can(Permission.accept),
      resolve: status !== undefined && status !== 'resolved' && session.can(Permission.resolve),
      reopen: status === 'resolved' && session.can(Permission.resolve),
      assign: status !== undefined && status !== 'resolved' && session.can(Permission.assign),
      reply: status !== undefined && status !== 'resolved' && session.can(Permission.reply),
      help:
        status === 'open' &&
        conversation.value?.assignee_id === session.id &&
        conversation.value.help?.kind !== 'asked' &&
        session.can(Permission.reply),
    };
  });

  async function run(what: What, done: (id: Id) => void): Promise<void> {
    const target = id.value;
    if (!target || !can.value[what] || busy.value) return;
    busy.value = what;
    try {
      await chats[what === 'help' ? 'askHelp' : what](target);
      done(target);
    } catch (error) {
      toastError(error);
      // Somebody was faster: show how it stands now.
      if (isCode(error, 'already_assigned', 'conversation_resolved', 'conversation_not_resolved')) {
        void chats.loadDetail(target);
      }
    } finally {
      busy.value = null;
    }
  }

  const accept = () => run('accept', (done) => outcome.onAccepted?.(done));
  const resolve = () =>
    run('resolve', (done) => {
      const name = chats.conversation(done)?.contact_name || t('contact.unnamed');
      const undo = () => void chats.reopen(done).catch(toastError);
      toast(t('chat.resolvedToast', { name: oneLine(name) }), 'success', {
        text: t('common.undo'),
        run: undo,
      });
      outcome.onResolved?.(done);
    });
  const reopen = () => run('reopen', () => {});
  const askHelp = () => run('help', () => toast(t('help.asked')));

  function commands(): Command[] {
    const group = t('palette.conversation');
    const all: Command[] = [
      { id: 'accept', title: t('chat.accept'), group, icon: iconHand, shortcut: 'A', run: accept },
      { id: 'resolve', title: t('chat.resolve'), group, icon: iconCheck, shortcut: 'E', run: resolve },
      { id: 'reopen', title: t('chat.reopen'), group, icon: iconArchiveRestore, shortcut: 'U', run: reopen },
      { id: 'help', title: t('help.ask'), group, icon: iconLifeBuoy, shortcut: 'H', run: askHelp },
    ];
    return all.filter((command) => can.value[command.id as What]);
  }

  return { conversation, can, busy, accept, resolve, reopen, askHelp, commands };
}
