import { effectLines, type Force } from './effect.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import { plain, type Style } from './print.ts'
import { type Item, oneOf, placeOf, type Resource } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type RemoveOptions = Style & { readonly wait?: string }

type Words = {
  /** What it is from now on. */
  readonly ended: 'removed' | 'deleted' | 'revoked'
  readonly force?: Force
  /** What else comes to an end by it. */
  readonly aside?: string
}

export const removeOne =
  <T extends Item>(resource: Resource<T>, { ended, force = 'in effect', aside = '' }: Words) =>
  (terminal: Terminal, id: string, options: RemoveOptions): Promise<Exit> =>
    perform(terminal, options, asked(resource.path, id, options), async (control, query) => {
      const place = await placeOf(control, resource, id)
      if (!place.ok) return place
      const answer = await control.call({ method: 'DELETE', path: place.value, query }, oneOf(resource))
      if (!answer.ok) return answer
      const { item, effect } = answer.value
      const said = effect === null ? '' : await effectLines(control, effect, force)
      const text = `${plain(resource.titleOf(item))} is ${ended}\n`
      return { ok: true, value: { raw: answer.raw, quiet: item.id, text, aside: `${aside}${said}` } }
    })

function asked(collection: string, id: string, { wait }: RemoveOptions): Given<Record<string, string | undefined>> {
  const path = pathTo(collection, id)
  if (!path.ok) return path
  const waited = waitMs(wait)
  return waited.ok ? { ok: true, value: { waitMs: waited.value?.toString() } } : waited
}
