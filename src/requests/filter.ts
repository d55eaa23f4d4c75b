import type { Db } from '../db/database.ts'
import { canonicalAddress } from '../http/client-address.ts'
import { knownForm } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import type { RequestDeps } from './deps.ts'
import type { Member, RequestFilter, Which } from './schema.ts'

/** What is asked for, by ids. Null: anything. */
export type Asked = {
  readonly key: string | null
  /** Whose calls: those that the actor may see, and of these the ones asked for. Null: everybody's; none: nobody's. */
  readonly owners: readonly string[] | null
  readonly project: string | null
  readonly server: string | null
  readonly provider: string | null
  readonly kind: 'mcp' | 'llm' | null
  readonly tool: string | null
  readonly model: string | null
  readonly status: number | null
  readonly code: string | null
  readonly admitted: boolean | null
  /** As the log writes it; with a dot at its end what all addresses of a network begin with. */
  readonly address: string | null
  /** A part of it. */
  readonly client: string | null
  readonly metadata: readonly Member[]
  /** Milliseconds since epoch; `from` is in, `to` is not. */
  readonly from: number | null
  readonly to: number | null
}

type Given = Which & Partial<RequestFilter>

/** In a unit of work of the main store. What names nothing that is there finds what was there under that id. */
export async function askedOf(
  { ownersWithin, ownersCalled, idOf }: Pick<RequestDeps, 'ownersWithin' | 'ownersCalled' | 'idOf'>,
  db: Db,
  actor: Actor,
  permission: 'requests:read' | 'usage:read',
  given: Given,
): Promise<Asked> {
  const { organizationId } = actor
  const within = await ownersWithin(db, actor, permission)
  const called = given.owner === undefined ? null : await ownersCalled(db, actor, knownForm(given.owner))
  const idIn = async (kind: 'project' | 'server' | 'provider') => {
    const name = given[kind]
    return name === undefined ? null : idOf(db, organizationId, kind, known(name))
  }
  return {
    key: given.key === undefined ? null : known(given.key),
    owners: within === null || called === null ? (within ?? called) : called.filter((one) => within.includes(one)),
    project: await idIn('project'),
    server: await idIn('server'),
    provider: await idIn('provider'),
    kind: given.kind ?? null,
    tool: given.tool ?? null,
    model: given.model ?? null,
    status: given.status ?? null,
    code: given.code ?? null,
    admitted: given.admitted === undefined ? null : given.admitted === 'true',
    address: given.address === undefined ? null : logged(given.address),
    client: given.client ?? null,
    metadata: given.metadata ?? [],
    from: instant(given.from),
    to: instant(given.to),
  }
}

/** What can be no id finds nothing: in sums an empty one would be what has none. */
const known = (text: string): string => knownForm(text) || '-'

/** One spelling per address, the one in which gateways write it down. */
function logged(text: string): string {
  const [address = '', bits] = text.split('/')
  if (bits === undefined) return canonicalAddress(address) ?? address
  const octets = address.split('.').slice(0, Number(bits) / 8)
  return `${octets.join('.')}.`
}

const instant = (text: string | undefined): number | null => (text === undefined ? null : Date.parse(text))

/** Patterns of text that an object holds as JSON if it has the member: as a text, or as what is written without quotes. */
export function couldHold({ name, value }: Member): string[] {
  const values = [JSON.stringify(value), ...(bare.test(value) ? [value] : [])]
  return values.map((one) => `%${`${JSON.stringify(name)}:${one}`.replace(/[\\%_]/g, '\\$&')}%`)
}
const bare = /^(true|false|null|-?\d[\d.eE+-]*)$/

/** At the top of the object, with that value as text. */
export const holds = (metadata: Readonly<Record<string, unknown>>, { name, value }: Member): boolean =>
  Object.hasOwn(metadata, name) && textOf(metadata[name]) === value

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
