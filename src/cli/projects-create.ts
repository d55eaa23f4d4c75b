import { NewProject, Tier } from '../projects/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf, sentences } from './input.ts'
import { makeOne } from './make-one.ts'
import { asTyped } from './perform.ts'
import type { Style } from './print.ts'
import { projects } from './project-facts.ts'
import type { Terminal } from './terminal.ts'

export type ProjectsCreateOptions = Style & { readonly name?: string; readonly tier?: string }

export const wrongTier = (tier: string | undefined): string =>
  `--tier must be one of ${Tier.options.join(', ')}, not "${tier}".`

export function projectsCreate(terminal: Terminal, slug: string, options: ProjectsCreateOptions): Promise<Exit> {
  const { name, tier } = options
  const typed = inputOf(
    NewProject,
    { slug, name, tier },
    {
      slug: sentences.slug('The <slug>'),
      name: sentences.name('--name'),
      tier: wrongTier(tier),
    },
  )
  return makeOne(terminal, { resource: projects }, typed, asTyped, options)
}
