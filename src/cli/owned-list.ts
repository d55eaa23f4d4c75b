import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { type List, type ListOptions, printList } from './list.ts'
import { memberIdOf } from './member-ids.ts'
import type { Item } from './resource.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type OwnedOptions = ListOptions & {
  readonly project?: string
  readonly owner?: string
  readonly mine?: boolean
}

/** What has an owner and a project, by either. */
export async function printOwned<T extends Item>(
  terminal: Terminal,
  list: List<T>,
  options: OwnedOptions,
  filters: Readonly<Record<string, string | undefined>> = {},
): Promise<Exit> {
  return printList(terminal, list, options, async (control) => {
    const owned = await ownedBy(control, options)
    return owned.ok ? { ok: true, value: { ...filters, ...owned.value } } : owned
  })
}

/** Whose, and in which project. */
export async function ownedBy(
  control: Control,
  { project, ...options }: Pick<OwnedOptions, 'project' | 'owner' | 'mine'>,
): Promise<Given<{ readonly project: string | undefined; readonly owner: string | undefined }>> {
  if (project === '') return usage('--project must be the slug or id of a project.')
  const whose = ownerIn(options)
  if (!whose.ok) return whose
  const owner = whose.value === undefined ? null : await memberIdOf(control, whose.value)
  return owner?.ok === false ? owner : { ok: true, value: { project, owner: owner?.value } }
}

/** By id, or a member by e-mail address; control knows itself who asks. */
function ownerIn({ owner, mine }: Pick<OwnedOptions, 'owner' | 'mine'>): Given<string | undefined> {
  if (mine && owner !== undefined) return usage('--mine and --owner are both given; keep one.')
  if (owner === '') return usage('--owner must be the id of its owner, or the e-mail address of a member.')
  return { ok: true, value: mine ? 'me' : owner }
}
