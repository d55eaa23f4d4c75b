import { z } from 'zod'
import type { Exit } from './exit.ts'
import { perform } from './perform.ts'
import type { Style } from './print.ts'
import { projects } from './project-facts.ts'
import { type One, oneOf, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'

/** With what hangs on it, for who may read all of that; others see the project alone. */
export const projectsGet = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(projects.path, id), async (control, path) => {
    const found = await control.call({ method: 'GET', path }, oneOf(projects))
    if (!found.ok) return found
    const uses = await control.call({ method: 'GET', path: `${path}/uses` }, z.looseObject({}))
    if (!uses.ok) return uses.problem.code === 'not_permitted' ? shownOne(control, projects, found) : uses
    const raw = { ...found.value.answer, ...uses.value }
    const both = oneOf(projects).safeParse(raw)
    const value: One<z.infer<typeof projects.item>> = both.success ? both.data : found.value
    return shownOne(control, projects, { ...found, value, raw })
  })
