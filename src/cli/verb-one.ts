import type { Force } from './effect.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { type Item, oneOf, placeOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type VerbOptions = Style & { readonly wait?: string; readonly reason?: string }

type Verb = {
  /** Below the one thing. */
  readonly path: string
  readonly force?: Force
  /** A word for people about what was done. */
  readonly aside?: string
  readonly method?: 'POST' | 'DELETE'
}

/** Does something with one thing, and shows it as it is then. `fields`: what is said beside how long to wait. */
export const verbOne = <T extends Item>(
  terminal: Terminal,
  { resource, id }: { readonly resource: Resource<T>; readonly id: string },
  { path, force = 'in effect', aside = '', method = 'POST' }: Verb,
  fields: Given<object>,
  options: VerbOptions,
): Promise<Exit> =>
  perform(terminal, options, asked(resource.path, id, fields, options), async (control, body) => {
    const place = await placeOf(control, resource, id)
    if (!place.ok) return place
    const target = { method, path: `${place.value}/${path}` }
    const call = method === 'POST' ? { ...target, body } : target
    return shownOne(control, resource, await control.call(call, oneOf(resource)), { force, aside })
  })

function asked(collection: string, id: string, fields: Given<object>, options: VerbOptions): Given<object> {
  const path = pathTo(collection, id)
  if (!path.ok) return path
  if (!fields.ok) return fields
  const { wait, reason } = options
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const said = reason === undefined ? {} : { reason }
  const patience = waited.value === undefined ? {} : { waitMs: waited.value }
  return { ok: true, value: { ...fields.value, ...said, ...patience } }
}

export const nothing: Given<object> = { ok: true, value: {} }
