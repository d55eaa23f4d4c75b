import { AppPatch } from '../apps/schema.ts'
import { type AppFields, apps } from './app-facts.ts'
import { type AppOptions, appFields, appSentences } from './apps-create.ts'
import { type Change, type ChangeOptions, changeOne } from './change-one.ts'
import { toolsAfter } from './choice-facts.ts'
import { type Control, usage } from './control.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences } from './input.ts'
import { ownerIn, ownerOf } from './owner.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

export type AppsUpdateOptions = ChangeOptions & AppOptions & { readonly name?: string }

export const appsUpdate = (terminal: Terminal, id: string, options: AppsUpdateOptions): Promise<Exit> =>
  changeOne(terminal, { resource: apps, id }, changesIn(options), plan, options)

type Typed = { readonly patch: AppPatch; readonly owner: Parameters<typeof ownerIn>[1] }

function changesIn(options: AppsUpdateOptions): Given<Typed> {
  const { name, slug } = options
  const rights = appFields(options)
  if (!rights.ok) return rights
  const owner = ownerOf(options)
  if (!owner.ok) return owner
  const fields = present({ name, slug, ...rights.value })
  if (owner.value === undefined && Object.keys(fields).length === 0)
    return usage('Nothing to change was given; --help names what can be.')
  const patch = inputOf(AppPatch, fields, { ...appSentences, name: sentences.name('--name') })
  return patch.ok ? { ok: true, value: { patch: patch.value, owner: owner.value } } : patch
}

/** `tools` is replaced as a whole, so the servers that were not named have to come from the app as it is. */
async function plan(control: Control, { patch, owner }: Typed): Promise<Given<Change<AppFields>>> {
  const found = await ownerIn(control, owner)
  if (!found.ok) return found
  const { tools, ...others } = patch
  const body = present({ ...others, owner: found.value })
  if (!tools) return { ok: true, value: body }
  const change: Change<AppFields> = ({ item, refs }) => ({
    ok: true,
    value: { ...body, tools: toolsAfter(item.tools, tools, refs) },
  })
  return { ok: true, value: change }
}
