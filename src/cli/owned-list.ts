import { usage } from './control.ts'
import type { Exit } from './exit.ts'
import { type List, type ListOptions, printList } from './list.ts'
import { memberIdOf } from './member-ids.ts'
import { printFailure } from './print.ts'
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
  const { project } = options
  if (project === '') return printFailure(terminal, usage('--project must be the slug or id of a project.'), options)
  const whose = ownerIn(options)
  if (!whose.ok) return printFailure(terminal, whose, options)
  return printList(terminal, list, options, async (control) => {
    const owner = whose.value === undefined ? null : await memberIdOf(control, whose.value)
    return owner?.ok === false ? owner : { ok: true, value: { ...filters, project, owner: owner?.value } }
  })
}

/** By id, or a member by e-mail address; control knows itself who asks. */
function ownerIn({ owner, mine }: OwnedOptions): Given<string | undefined> {
  if (mine && owner !== undefined) return usage('--mine and --owner are both given; keep one.')
  if (owner === '') return usage('--owner must be the id of its owner, or the e-mail address of a member.')
  return { ok: true, value: mine ? 'me' : owner }
}
