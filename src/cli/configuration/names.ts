import type { State } from './state.ts'

/** Ids are control's; files know slugs, and people by their address. */
export type Names = {
  readonly slugOf: (id: string) => string
  readonly slugsOf: (ids: readonly string[]) => string[]
  readonly emailsOf: (ids: readonly string[]) => string[]
  readonly memberId: (email: string) => string | undefined
}

export function createNames(state: State): Names {
  const slugs = new Map<string, string>()
  for (const kind of ['project', 'server', 'provider', 'team'] as const)
    for (const { id, slug } of state[kind]) slugs.set(id, slug)
  const emails = new Map(state.members.map(({ id, email }) => [id, email]))
  const ids = new Map(state.members.map(({ id, email }) => [email, id]))
  // Who left between two lists is in none of them.
  const present = (names: readonly (string | undefined)[]) => names.filter((name) => name !== undefined)
  return {
    slugOf: (id) => slugs.get(id) ?? id,
    slugsOf: (of) => present(of.map((id) => slugs.get(id))),
    emailsOf: (of) => present(of.map((id) => emails.get(id))),
    memberId: (email) => ids.get(email),
  }
}
