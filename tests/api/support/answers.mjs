import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

/** The data of an answer, which must be a good one. */
export async function ok(answer) {
  const { status, body } = await answer;
  assert.ok(status === 200 || status === 204, `${status}: ${JSON.stringify(body)}`);
  return body?.data;
}

/** Waits until the condition holds, which it must within that time. */
export async function within(milliseconds, condition) {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `not so after ${milliseconds} ms`);
    await pause(10); // servers may run in this process
  }
}
