import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { type Item, oneOf, placeOf, type Resource, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

export const showOne =
  <T extends Item>(resource: Resource<T>) =>
  (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
    perform(terminal, style, pathTo(resource.path, id), async (control) => {
      const place = await placeOf(control, resource, id)
      if (!place.ok) return place
      const found = await control.call({ method: 'GET', path: place.value }, oneOf(resource))
      return shownOne(control, resource, found)
    })
