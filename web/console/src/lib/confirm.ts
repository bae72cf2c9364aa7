// Asks before something that cannot be taken back; App.vue shows the dialog.

import { ref } from 'vue';

export interface Question {
  title: string;
  text: string;
  action: string;
  danger?: boolean;
  answer: (yes: boolean) => void;
}

export const question = ref<Question | null>(null);

export function confirm(options: Omit<Question, 'answer'>): Promise<boolean> {
  question.value?.answer(false);
  return new Promise((resolve) => {
    question.value = {
      ...options,
      answer: (yes) => {
        question.value = null;
        resolve(yes);
      },
    };
  });
}
