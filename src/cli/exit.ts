/** Exit codes that scripts may rely on. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
  differs: 10,
} as const
export type Exit = (typeof exit)[keyof typeof exit]

/** As `--help` and the reference say them. */
export const exitMeanings: Readonly<Record<keyof typeof exit, string>> = {
  done: 'Done. For a role: it was asked to stop and has drained',
  failed: 'Failed: it could not start, or control refused the input (400, 422) or failed (500)',
  usage: 'Wrong usage: an unknown command or option, or a value that cannot be right',
  refused: 'Refused: no valid token, or not permitted (401, 403)',
  notFound: 'Not found (404)',
  conflict: 'Conflict (409, 412)',
  unreachable: 'Control did not answer',
  differs: 'There is something to do (`apply --dry-run --detailed-exit-code`)',
}

export const exitNames: readonly (keyof typeof exit)[] = [
  'done',
  'failed',
  'usage',
  'refused',
  'notFound',
  'conflict',
  'unreachable',
  'differs',
]

export function exitOf(status: number): Exit {
  if (status === 401 || status === 403) return exit.refused
  if (status === 404) return exit.notFound
  if (status === 409 || status === 412) return exit.conflict
  return exit.failed
}
