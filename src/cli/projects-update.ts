import { ProjectPatch } from '../projects/schema.ts'
import { type Control, type Failure, refusal } from './control.ts'
import type { Exit } from './exit.ts'
import { changesOf, sentences } from './input.ts'
import { perform } from './perform.ts'
import { plain, type Style } from './print.ts'
import { projects } from './project-facts.ts'
import { wrongTier } from './projects-create.ts'
import { oneOf, shownOne } from './resource.ts'
import type { Terminal } from './terminal.ts'
import { type Given, pathTo, waitMs } from './values.ts'

export type ProjectsUpdateOptions = Style & {
  readonly name?: string
  readonly slug?: string
  readonly tier?: string
  readonly default?: boolean
  readonly yes?: boolean
  readonly wait?: string
  readonly ifMatch?: string
}

/** Another tier touches everything in the project, so control lists that first, and somebody has to say yes to it. */
export const projectsUpdate = (terminal: Terminal, id: string, options: ProjectsUpdateOptions): Promise<Exit> =>
  perform(terminal, options, asked(id, options), async (control, { patch, ...place }) => {
    const send = (body: ProjectPatch) => sent(control, { ...place, ifMatch: options.ifMatch }, body)
    const first = await send(options.yes ? { ...patch, confirm: true } : patch)
    if (first.ok || first.problem.code !== 'confirmation_needed' || options.json)
      return shownOne(control, projects, first)
    const no = await unconfirmed(terminal, first)
    return no ?? shownOne(control, projects, await send({ ...patch, confirm: true }))
  })

type Place = { readonly path: string; readonly query: Readonly<Record<string, string | undefined>> }

const sent = (control: Control, place: Place & { readonly ifMatch: string | undefined }, body: ProjectPatch) =>
  control.call({ method: 'PATCH', ...place, body }, oneOf(projects))

function asked(id: string, options: ProjectsUpdateOptions): Given<Place & { readonly patch: ProjectPatch }> {
  const { name, slug, tier, wait } = options
  const path = pathTo(projects.path, id)
  if (!path.ok) return path
  const waited = waitMs(wait)
  if (!waited.ok) return waited
  const patch = changesOf(
    ProjectPatch,
    { name, slug, tier, default: options.default },
    {
      name: sentences.name('--name'),
      slug: sentences.slug('--slug'),
      tier: wrongTier(tier),
    },
  )
  if (!patch.ok) return patch
  return { ok: true, value: { path: path.value, query: { waitMs: waited.value?.toString() }, patch: patch.value } }
}

/** Null for a yes. Where nobody can be asked, nobody has said it. */
async function unconfirmed({ ask, err }: Terminal, { problem, exit }: Failure): Promise<Failure | null> {
  // How REST is told yes is of no use here.
  const detail = problem.detail.replace(/ Send "confirm".*$/, '')
  if (ask === null) return { ok: false, exit, problem: { ...problem, detail: `${detail} Give --yes to do it.` } }
  err(`${[detail, ...(problem.errors ?? []).map((touched) => `  ${touched.detail}`)].map(plain).join('\n')}\n`)
  const answer = await ask('Do it? [y/N] ')
  return /^y(es)?$/i.test(answer.trim()) ? null : refusal('confirmation_needed', 'Nothing was changed.')
}
