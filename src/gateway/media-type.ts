/** Decided by what stands before `;` alone: in a parameter anything may stand. Where a type is given twice, by either. */
export const isEventStream = (contentType: string | readonly string[] | undefined): boolean =>
  [contentType ?? ''].flat().some((type) => /^\s*text\/event-stream\s*(?:;|$)/i.test(type))
