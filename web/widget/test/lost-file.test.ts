// What is said of a file that cannot be had: the server's reason, where trying again is no help.

import { expect, test } from 'vitest';
import { ApiError, NetworkError } from '@octim/client';
import { reason } from '../src/window/files.js';

test('a_lost_file_says_so_and_a_lost_connection_does_not', () => {
  expect(reason(new ApiError('file_lost', 410), 'zh-CN', '加载失败')).toBe('文件已丢失或损坏，请重新索取');
  expect(reason(new ApiError('internal', 500), 'zh-CN', '加载失败')).toBe('加载失败');
  expect(reason(new NetworkError('offline'), 'en', 'failed')).toBe('failed');
});
