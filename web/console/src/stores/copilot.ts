// What a language model can be asked for here; nothing where none is set up.

import { defineStore } from 'pinia';
import { ref } from 'vue';
import { http } from '~/api/http';
import type { CopilotTasks, LlmTask } from '~/api/types';

export const useCopilot = defineStore('copilot', () => {
  const tasks = ref<readonly LlmTask[]>([]);
  let asked: Promise<void> | null = null;

  async function ask() {
    try {
      tasks.value = (await http.get<CopilotTasks>('/api/copilot')).tasks;
    } catch {
      // A help that cannot be asked for is not offered.
      tasks.value = [];
      asked = null;
    }
  }

  /** Asks the server once; `again` after somebody changed the settings. */
  function load(again = false): Promise<void> {
    if (again) asked = null;
    return (asked ??= ask());
  }

  const can = (task: LlmTask) => tasks.value.includes(task);
  return { tasks, load, can };
});
