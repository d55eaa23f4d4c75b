/** Exit codes that scripts may rely on. */
export const exit = {
  done: 0,
  failed: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
} as const
export type Exit = (typeof exit)[keyof typeof exit]

export function exitOf(status: number): Exit {
  if (status === 401 || status === 403) return exit.refused
  if (status === 404) return exit.notFound
  if (status === 409 || status === 412) return exit.conflict
  return exit.failed
}
