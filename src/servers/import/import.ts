import { z } from 'zod'
import type { Actor } from '../../people/schema.ts'
import { ok, type Problem, type Result } from '../../problems.ts'
import { createServer, tryServer } from '../create.ts'
import type { ServerDeps } from '../deps.ts'
import { NewServer, slug } from '../schema.ts'
import { slugClaim } from '../slugs/store.ts'
import type { Entry } from './entry.ts'
import { numbered, slugFrom } from './names.ts'
import { planImport } from './plan.ts'

export const ImportInput = z.strictObject({
  /** A `server.json`, what a registry answers, or a client's configuration, as JSON. */
  document: z.record(z.string(), z.unknown()),
  project: z.string().max(64).optional(),
  catalogs: NewServer.shape.catalogs,
  /** Says what would become of each, and makes nothing. */
  dryRun: z.boolean().default(false),
  /** Values that the document asks for. They go where they belong and into no answer. */
  variables: z.record(z.string().min(1).max(128), z.string().max(32_768)).default({}),
})
type ImportInput = z.infer<typeof ImportInput>

const Imported = z.strictObject({
  /** Of a dry run there is none. */
  id: z.string().optional(),
  slug,
  type: z.enum(['http', 'sse', 'stdio']),
  /** Address without its query, or the command without its arguments. */
  target: z.string(),
  /** Names of the variables that the command gets. */
  env: z.array(z.string()).optional(),
  /** The header that the credential goes into. */
  header: z.string().optional(),
})
const Outcome = z.strictObject({
  /** As the document calls it. */
  name: z.string(),
  ok: z.boolean(),
  server: Imported.optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  /** Where, in the body of `POST /servers` that it would be. */
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
  /** What `variables` must hold before it can be made. */
  missing: z
    .array(z.strictObject({ name: z.string(), secret: z.boolean(), description: z.string().optional() }))
    .optional(),
})
type Outcome = z.infer<typeof Outcome>
export const ImportAnswer = z.strictObject({ results: z.array(Outcome) })

type Importing = { readonly actor: Actor; readonly input: ImportInput; readonly requestId: string }

/** Each server of the document by itself: what is wrong with one does not keep the others out. */
export const importServers =
  (deps: ServerDeps) =>
  async (actor: Actor, input: ImportInput, requestId: string): Promise<Result<z.infer<typeof ImportAnswer>>> => {
    const entries = planImport(input.document, input.variables)
    if (!entries.ok) return entries
    const results: Outcome[] = []
    const taken = new Set<string>()
    for (const entry of entries.value) results.push(await take(deps, { actor, input, requestId }, entry, taken))
    return ok({ results })
  }

async function take(deps: ServerDeps, importing: Importing, entry: Entry, taken: Set<string>): Promise<Outcome> {
  const { name, definition, missing, problem } = entry
  if (problem !== null) return { name, ok: false, code: 'invalid', detail: `${name}: ${problem}.` }
  if (missing.length > 0 || definition === null) {
    const names = missing.map((one) => one.name).join(', ')
    return { name, ok: false, code: 'invalid', detail: `${name}: no value for ${names}.`, missing: [...missing] }
  }
  for (let n = 1; n <= choices; n++) {
    const free = numbered(slugFrom(name), n)
    if (taken.has(free) || (await isClaimed(deps, importing.actor, free))) continue
    const made = await make(deps, importing, entry, free)
    // Somebody else was faster.
    if (!made.ok && made.problem.code === 'slug_taken') continue
    taken.add(free)
    return made.ok ? { name, ok: true, server: made.value } : refused(name, made.problem)
  }
  return { name, ok: false, code: 'slug_taken', detail: `${name}: ${choices} servers have a slug like this.` }
}

const choices = 100

const isClaimed = ({ read, now }: ServerDeps, { organizationId }: Actor, free: string): Promise<boolean> =>
  read(organizationId, async (db) => (await slugClaim(db, organizationId, free, { by: null, now: now() })) !== null)

async function make(
  deps: ServerDeps,
  { actor, input, requestId }: Importing,
  { name, definition }: Entry,
  free: string,
): Promise<Result<z.infer<typeof Imported>>> {
  const { project, catalogs } = input
  const parsed = NewServer.safeParse({ slug: free, name: shownAs(name), project, catalogs, ...definition })
  if (!parsed.success) return { ok: false, problem: { code: 'invalid', detail: wrongAt(parsed.error) } }
  if (input.dryRun) {
    const tried = await tryServer(deps)(actor, parsed.data, requestId)
    return tried.ok ? ok(shown(parsed.data)) : tried
  }
  const made = await createServer(deps)(actor, parsed.data, requestId)
  return made.ok ? ok({ id: made.value.server.id, ...shown(parsed.data) }) : made
}

const shownAs = (name: string): string | undefined => name.trim().slice(0, 120) || undefined

/** Never what stands there. */
const wrongAt = ({ issues: [issue] }: z.ZodError): string =>
  `/${(issue?.path ?? []).map(String).join('/')} cannot be what it is in this document.`

function shown({ slug: free, transport, credential }: NewServer): z.infer<typeof Imported> {
  const header = credential === undefined ? {} : { header: credential.name }
  if (transport.type === 'stdio') {
    const env = Object.keys(transport.env ?? {})
    return { slug: free, type: 'stdio', target: transport.command, ...(env.length === 0 ? {} : { env }), ...header }
  }
  const { origin, pathname } = new URL(transport.url)
  return { slug: free, type: transport.type, target: `${origin}${pathname}`, ...header }
}

const refused = (name: string, { code, detail, errors }: Problem): Outcome => ({
  name,
  ok: false,
  code,
  detail: `${name}: ${detail}`,
  ...(errors === undefined ? {} : { errors: [...errors] }),
})
