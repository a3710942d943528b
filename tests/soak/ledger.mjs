// What the servers have acknowledged, and so must hold: for each thing, the states that it may be in. An answer leaves one;
// a request without an answer, or with one of the 500s, may have been done or not, and leaves the old and the new one.
import { createHash } from 'node:crypto';

export const absent = 'absent';
export const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** How a write ended: 'done', 'refused' (nothing of it may be there) or 'unknown'. */
export function outcome(answer) {
  if (!answer || answer.status >= 500) return 'unknown';
  return answer.status < 300 ? 'done' : 'refused';
}

export class Ledger {
  #states = new Map(); // name -> Set of states

  /** Notes how a write ended that leads to `state`, a text, or to `absent`. */
  write(name, state, answer) {
    const before = this.#states.get(name) ?? new Set([absent]);
    const how = outcome(answer);
    if (how === 'done') this.#states.set(name, new Set([state]));
    else if (how === 'unknown') this.#states.set(name, new Set([...before, state]));
    else this.#states.set(name, before);
    return how;
  }

  /** The names that certainly are there. */
  present = () => [...this.#states].filter(([, states]) => !states.has(absent)).map(([name]) => name);

  get size() {
    return this.#states.size;
  }

  /** What of `found`, a Map of name -> state, is not as it was acknowledged: texts for people. */
  differences(found) {
    const wrong = [];
    for (const [name, states] of this.#states) {
      const state = found.get(name) ?? absent;
      if (!states.has(state)) wrong.push(`${name} is ${state}, not ${[...states].join(' or ')}`);
    }
    for (const [name, state] of found) {
      if (!this.#states.has(name)) wrong.push(`${name} is ${state}, and nobody wrote it`);
    }
    return wrong;
  }
}
