import type { Control } from './control.ts'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { type Item, oneOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import type { Given } from './values.ts'

type Making<T extends Item> = {
  readonly resource: Resource<T>
  /** A word for people about what was made. */
  readonly aside?: string
}

/** `plan` may ask control first: for the id behind an e-mail address, say. */
export const makeOne = <T extends Item, P>(
  terminal: Terminal,
  { resource, aside = '' }: Making<T>,
  typed: Given<P>,
  plan: (control: Control, typed: P) => Promise<Given<object>>,
  style: Style,
): Promise<Exit> =>
  perform(terminal, style, typed, async (control, typed) => {
    const body = await plan(control, typed)
    if (!body.ok) return body
    const answer = await control.call({ method: 'POST', path: resource.path, body: body.value }, oneOf(resource))
    return shownOne(control, resource, answer, { aside })
  })
