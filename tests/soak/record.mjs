// Every request of the load, and what may go wrong with it: only what belongs to a fault, from its begin to a short time
// after its end.
export class Record {
  windows = []; // { name, begin, end, allows }
  counts = new Map(); // kind -> { answers, refused, failed }
  failures = []; // { kind, server, begin, end, status, code, text }: answers of the 500s, and none at all (status 0)

  note(kind, server, begin, answer, error) {
    const count = this.counts.get(kind) ?? { requests: 0, refused: 0, failed: 0 };
    this.counts.set(kind, count);
    ++count.requests;
    if (answer && answer.status < 500) {
      if (answer.status >= 400) ++count.refused;
      return;
    }
    ++count.failed;
    const text = answer ? String(answer.bytes).slice(0, 300) : String(error?.cause ?? error);
    this.failures.push({ kind, server, begin, end: performance.now(), status: answer?.status ?? 0, code: error?.code, text });
  }

  /** Begins a fault; `allows(failure)` says what may fail through it. Gives a function that ends it. */
  begin(name, allows) {
    const window = { name, begin: performance.now(), end: Infinity, allows };
    this.windows.push(window);
    return () => (window.end = performance.now());
  }

  /** { inside, outside, worst }: `worst` is how many milliseconds after the end of its fault the last failure came. */
  judge(recovery) {
    const inside = {};
    const outside = [];
    const worst = {};
    for (const failure of this.failures) {
      const window = this.windows.find(({ begin, end, allows }) => allows(failure) && failure.end >= begin && failure.begin <= end + recovery);
      if (!window) {
        outside.push(failure);
        continue;
      }
      const each = (inside[window.name] ??= {});
      const what = failure.status || failure.code || 'no answer';
      each[what] = (each[what] ?? 0) + 1;
      worst[window.name] = Math.max(worst[window.name] ?? 0, Math.round(failure.end - window.end));
    }
    return { inside, outside, worst };
  }

  summary() {
    return [...this.counts].sort().map(([kind, { requests, refused, failed }]) => `${kind} ${requests}${refused ? ` (${refused} refused)` : ''}${failed ? ` (${failed} failed)` : ''}`);
  }
}
