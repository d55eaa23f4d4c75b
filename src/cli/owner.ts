import { type Control, usage } from './control.ts'
import { member, memberIdOf } from './member-ids.ts'
import type { Given } from './values.ts'

/** Whose something is. Nobody named: whoever asks. */
export type OwnerOptions = { readonly team?: string; readonly app?: string; readonly owner?: string }
type Owner = { readonly type: 'member' | 'team' | 'app'; readonly id: string }

const name = /^[A-Za-z0-9_-]{1,64}$/

export function ownerOf({ team, app, owner }: OwnerOptions): Given<Owner | undefined> {
  const given = Object.entries({ team, app, owner }).filter(([, text]) => text !== undefined)
  if (given.length > 1)
    return usage(`${given.map(([flag]) => `--${flag}`).join(' and ')} are given; there is one owner: keep one.`)
  if (owner !== undefined) {
    const who = member('--owner', owner)
    return who.ok ? { ok: true, value: { type: 'member', id: who.value } } : who
  }
  const type = team === undefined ? 'app' : 'team'
  const id = team ?? app
  if (id === undefined) return { ok: true, value: undefined }
  return name.test(id) ? { ok: true, value: { type, id } } : usage(`--${type} must be a slug or an id, not "${id}".`)
}

/** The owner as control knows him: people by id. */
export async function ownerIn(control: Control, owner: Owner | undefined): Promise<Given<Owner | undefined>> {
  if (owner?.type !== 'member') return { ok: true, value: owner }
  const id = await memberIdOf(control, owner.id)
  return id.ok ? { ok: true, value: { ...owner, id: id.value } } : id
}
