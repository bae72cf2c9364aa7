// Order, membership, versions and paging of conversation lists.

import type { AgentConversation, ListOrder, View } from '@octim/client';
import { describe, expect, it } from 'vitest';
import {
  applyChanges,
  applyPage,
  belongs,
  comparing,
  EMPTY_LIST,
  type ListState,
  takeNewer,
} from '~/lib/lists';
import { conversation } from './samples';

const me = { id: '7', teamIds: ['3'] };
const all = () => true;

function listed(view: View, rows: AgentConversation[], next: string | null = null, order: ListOrder = 'time') {
  const known = new Map<string, AgentConversation>();
  takeNewer(known, rows);
  return { known, list: applyPage(EMPTY_LIST, comparing(view, order), rows, next, known, all, true) };
}

function change(
  view: View,
  list: ListState,
  known: Map<string, AgentConversation>,
  c: AgentConversation,
  member = all as (c: AgentConversation) => boolean,
  order: ListOrder = 'time',
) {
  return applyChanges(list, comparing(view, order), takeNewer(known, [c]), known, member);
}

describe('membership', () => {
  const open = conversation('1', { status: 'open', assignee_id: '7', team_id: '3' });
  it.each<[View, Partial<AgentConversation>, boolean]>([
    ['mine', {}, true],
    ['mine', { assignee_id: '8' }, false],
    ['mine', { status: 'queued' }, false],
    ['queue', { status: 'queued' }, true],
    ['queue', {}, false],
    ['team', {}, true],
    ['team', { team_id: '4' }, false],
    ['team', { team_id: null }, false],
    ['all', {}, true],
    ['all', { status: 'resolved' }, false],
    ['mine', { status: 'resolved' }, false],
    ['resolved', { status: 'resolved' }, true],
    ['resolved', {}, false],
  ])('%s with %j is %s', (view, with_, expected) => {
    expect(belongs(view, { ...open, ...with_ }, me)).toBe(expected);
  });

  it('narrows the team view to one team', () => {
    expect(belongs('team', open, me, '3')).toBe(true);
    expect(belongs('team', open, me, '4')).toBe(false);
  });
});

describe('versions', () => {
  it('takes only newer ones, whatever the order of arrival', () => {
    const known = new Map<string, AgentConversation>();
    expect(takeNewer(known, [conversation('1', { version: 5, preview: 'new' })])).toHaveLength(1);
    expect(takeNewer(known, [conversation('1', { version: 4, preview: 'old' })])).toHaveLength(0);
    expect(takeNewer(known, [conversation('1', { version: 5, preview: 'again' })])).toHaveLength(0);
    expect(known.get('1')?.preview).toBe('new');
  });
});

describe('order', () => {
  it('shows the longest wait first in the queue and the newest activity first elsewhere', () => {
    const rows = [
      conversation('1', { queued_at: 30, active_at: 100 }),
      conversation('2', { queued_at: 10, active_at: 300 }),
      conversation('3', { queued_at: 20, active_at: 200 }),
    ];
    expect(listed('queue', rows).list.ids).toEqual(['2', '3', '1']);
    expect(listed('all', rows).list.ids).toEqual(['2', '3', '1']);
    expect(listed('all', [...rows].reverse()).list.ids).toEqual(['2', '3', '1']);
  });

  it('breaks ties by id as a number, not as text', () => {
    const a = conversation('9');
    const b = conversation('10');
    expect(comparing('queue')(a, b)).toBeLessThan(0);
    expect(comparing('all')(a, b)).toBeGreaterThan(0);
  });
});

describe('the most upset first', () => {
  const feels = (kind: 'angry' | 'upset' | 'urgent' | 'neutral', strength: number) => ({ mood: { kind, strength } });
  const rows = [
    conversation('1', { queued_at: 1, active_at: 1 }),
    conversation('2', { queued_at: 2, active_at: 2, ...feels('upset', 1) }),
    conversation('3', { queued_at: 5, active_at: 5, ...feels('angry', 3) }),
    conversation('4', { queued_at: 4, active_at: 4, ...feels('upset', 3) }),
    conversation('5', { queued_at: 3, active_at: 3, ...feels('urgent', 3) }),
  ];

  it('goes by strength, then by waiting; the others as by time', () => {
    expect(listed('queue', rows, null, 'upset').list.ids).toEqual(['4', '3', '2', '1', '5']);
    expect(listed('all', rows, null, 'upset').list.ids).toEqual(['4', '3', '2', '5', '1']);
  });

  it('puts those who wait for nobody behind the others who are as upset', () => {
    const open = { status: 'open', queued_at: null, ...feels('angry', 2) } as const;
    const mine = [
      conversation('1', { ...open, active_at: 10 }),
      conversation('2', { ...open, active_at: 20 }),
      conversation('3', { ...open, active_at: 5, waiting_since: 5 }),
      conversation('4', { ...open, active_at: 9, waiting_since: 4 }),
    ];
    expect(listed('mine', mine, null, 'upset').list.ids).toEqual(['4', '3', '2', '1']);
  });

  it('moves a row when its visitor turns angry or calms down', () => {
    const { known, list } = listed('queue', rows, null, 'upset');
    const angry = conversation('1', { ...rows[0], ...feels('angry', 3), version: 2 });
    const moved = change('queue', list, known, angry, all, 'upset');
    expect(moved.ids).toEqual(['1', '4', '3', '2', '5']);
    const calm = conversation('4', { ...rows[3], ...feels('neutral', 0), version: 2 });
    expect(change('queue', moved, known, calm, all, 'upset').ids).toEqual(['1', '3', '2', '5', '4']);
  });
});

describe('changes', () => {
  it('moves a row to its new place without a duplicate', () => {
    const { known, list } = listed(
      'all',
      [1, 2, 3].map((n) => conversation(String(n), { active_at: 100 - n })),
    );
    const next = change('all', list, known, conversation('3', { active_at: 500, version: 2 }));
    expect(next.ids).toEqual(['3', '1', '2']);
  });

  it('removes a row that left the view and adds one that entered it', () => {
    const member = (c: AgentConversation) => belongs('mine', c, me);
    const mine = { status: 'open', assignee_id: '7' } as const;
    const { known, list } = listed('mine', [conversation('1', mine), conversation('2', mine)]);
    const resolved = change(
      'mine',
      list,
      known,
      conversation('1', { ...mine, status: 'resolved', version: 2 }),
      member,
    );
    expect(resolved.ids).toEqual(['2']);
    const taken = change('mine', resolved, known, conversation('3', { ...mine, active_at: 9 }), member);
    expect(taken.ids).toEqual(['3', '2']);
  });

  it('leaves a row that sorts after the last loaded one to its page', () => {
    const rows = [conversation('1', { active_at: 100 }), conversation('2', { active_at: 90 })];
    const { known, list } = listed('all', rows, 'page-2');
    expect(change('all', list, known, conversation('3', { active_at: 50 })).ids).toEqual(['1', '2']);
    const whole = listed('all', rows, null);
    expect(change('all', whole.list, whole.known, conversation('3', { active_at: 50 })).ids).toEqual([
      '1',
      '2',
      '3',
    ]);
  });
});

describe('pages', () => {
  it('joins a page that overlaps with what came by the socket', () => {
    const { known, list } = listed(
      'all',
      [conversation('1', { active_at: 100 }), conversation('2', { active_at: 90 })],
      'n',
    );
    const second = [conversation('2', { active_at: 90 }), conversation('3', { active_at: 80 })];
    takeNewer(known, second);
    const joined = applyPage(list, comparing('all'), second, null, known, all, false);
    expect(joined).toEqual({ ids: ['1', '2', '3'], next: null });
  });

  it('uses the newer state when a page is older than an event', () => {
    const known = new Map<string, AgentConversation>();
    takeNewer(known, [conversation('1', { status: 'resolved', version: 9 })]);
    const page = [conversation('1', { status: 'open', assignee_id: '7', version: 3 })];
    takeNewer(known, page);
    const list = applyPage(EMPTY_LIST, comparing('mine'), page, null, known, (c) => belongs('mine', c, me), true);
    expect(list.ids).toEqual([]);
  });

  it('after random changes equals a list made afresh', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    const known = new Map<string, AgentConversation>();
    let list: ListState = EMPTY_LIST;
    for (let step = 1; step <= 500; step += 1) {
      const next = conversation(String(100 + random(40)), {
        active_at: random(1000),
        status: random(3) ? 'open' : 'resolved',
        version: step,
      });
      list = applyChanges(list, comparing('all'), takeNewer(known, [next]), known, (c) => belongs('all', c, me));
      const afresh = [...known.values()]
        .filter((c) => belongs('all', c, me))
        .sort(comparing('all'));
      expect(list.ids).toEqual(afresh.map((c) => c.id));
    }
  });
});
