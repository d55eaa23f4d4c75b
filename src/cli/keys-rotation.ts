import { z } from 'zod'
import type { Exit } from './exit.ts'
import { keys } from './key-facts.ts'
import { perform } from './perform.ts'
import { type Style, table } from './print.ts'
import type { Terminal } from './terminal.ts'
import { pathTo } from './values.ts'
import { nothing, type VerbOptions, verbOne } from './verb-one.ts'

export const ClientFields = z.looseObject({
  version: z.number().optional(),
  client: z.string(),
  address: z.string(),
  lastSeenAt: z.string(),
  requests: z.number().optional(),
})
export type ClientFields = z.infer<typeof ClientFields>

export const clientTable = {
  head: ['CLIENT', 'ADDRESS', 'LAST SEEN', 'REQUESTS'],
  row: ({ client, address, lastSeenAt, requests }: ClientFields) => [
    client || 'unnamed',
    address || 'others',
    lastSeenAt,
    String(requests ?? 0),
  ],
  say: ({ client, address, lastSeenAt }: ClientFields) =>
    `${client || 'unnamed'} from ${address || 'elsewhere'}, last seen ${lastSeenAt}`,
} as const

const Rotation = z.looseObject({
  rotation: z.looseObject({ id: z.string(), mode: z.string(), state: z.string() }).nullable(),
  versions: z.array(
    z.looseObject({
      version: z.number(),
      createdAt: z.string(),
      lastUsedAt: z.string().nullable(),
      validUntil: z.string().nullable(),
      clients: z.array(ClientFields),
    }),
  ),
})

/** Who still calls with which secret. */
export const keysRotation = (terminal: Terminal, id: string, style: Style): Promise<Exit> =>
  perform(terminal, style, pathTo(keys.path, id), async (control, path) => {
    const answer = await control.call({ method: 'GET', path: `${path}/rotation` }, Rotation)
    if (!answer.ok) return answer
    const { rotation, versions } = answer.value
    const rows = versions.flatMap(({ version, validUntil, clients }) => {
      const secret = [String(version), validUntil === null ? 'current' : `until ${validUntil}`]
      return clients.length === 0
        ? [[...secret, 'nobody yet', '', '', '']]
        : clients.map((client) => [...secret, ...clientTable.row(client)])
    })
    const head =
      rotation === null ? 'No rotation is under way.\n' : `${rotation.id}: ${rotation.mode}, ${rotation.state}\n`
    const text = `${head}${table(['SECRET', 'TAKEN', ...clientTable.head], rows)}`
    return { ok: true, value: { raw: answer.raw, quiet: rotation?.state ?? '', text } }
  })

export const rotationFinish = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'rotation/finish', force: 'refused', aside: old }, nothing, options)

export const rotationUndo = (terminal: Terminal, id: string, options: VerbOptions): Promise<Exit> =>
  verbOne(terminal, { resource: keys, id }, { path: 'rotation/undo', force: 'refused', aside: fresh }, nothing, options)

const old = 'The old secret:\n'
const fresh = 'The new secret (the old one stays):\n'

const Clients = z.looseObject({ items: z.array(ClientFields) })

export const keysClients = (
  terminal: Terminal,
  id: string,
  options: Style & { readonly days?: string },
): Promise<Exit> =>
  perform(terminal, options, pathTo(keys.path, id), async (control, path) => {
    const query = { days: options.days }
    const answer = await control.call({ method: 'GET', path: `${path}/clients`, query }, Clients)
    if (!answer.ok) return answer
    const rows = answer.value.items.map((client) => [String(client.version ?? '-'), ...clientTable.row(client)])
    const quiet = answer.value.items.map(({ client }) => client).join('\n')
    return { ok: true, value: { raw: answer.raw, quiet, text: table(['SECRET', ...clientTable.head], rows) } }
  })
