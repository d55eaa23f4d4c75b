import type { Deny } from '../../../access/schema.ts'
import { ok, type Result } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { denied } from '../../denied.ts'
import type { Message } from '../message.ts'
import { membersOf } from '../stdio/message.ts'
import type { Gate } from './gate.ts'
import { mayBeHashed, splitName } from './names.ts'
import { splitUri } from './uris.ts'

/** What a message is about. */
export type Aim =
  | { readonly kind: 'all' }
  /** `name`: the server's own, of a tool or prompt, or a URI. */
  | { readonly kind: 'one'; readonly server: ServerRecord; readonly name: string }
  /** It names nothing, or nothing that this key reaches. */
  | { readonly kind: 'none'; readonly given: string }

export type NamedList = 'tools/list' | 'prompts/list'

type Deps = {
  /** The server's own name for one of ours that may be shortened; null: its list does not say. */
  readonly original: (gate: Gate, server: ServerRecord, list: NamedList, ours: string) => Promise<string | null>
}

/** The server and the thing in it, judged. A tool that is refused is refused here; what else is, in the answer. */
export async function aimOf(deps: Deps, gate: Gate, message: Message): Promise<Result<Aim>> {
  const names = namedBy(message)
  if (names === null) return ok({ kind: 'all' })
  const split = names.kind === 'uri' ? splitUri(names.given) : splitName(names.given)
  let server = split === null ? null : gate.find(split.slug)
  const isTool = message.method === 'tools/call'
  const list = isTool ? 'tools/list' : 'prompts/list'
  // Nobody makes us ask a server for its list who does not reach it.
  const reached = server !== null && gate.may(server, list) ? server : null
  let name = split === null ? '' : 'uri' in split ? split.uri : split.rest
  if (reached !== null && names.kind === 'name' && mayBeHashed(name)) {
    name = (await deps.original(gate, reached, list, names.given)) ?? name
    // It may be gone meanwhile, or in another project.
    server = gate.current(reached)
  }
  const subject = gate.subject()
  if (!subject.ok) return subject
  const asked = { method: message.method, tool: isTool ? name : null }
  const no = gate.deny(subject.value, server, asked)
  if (no !== null && (isTool || !isHidden(no))) return denied(isTool ? asTool(no) : no, subject.value)
  return ok(no !== null || server === null ? { kind: 'none', given: names.given } : { kind: 'one', server, name })
}

/** A tool of a server that is not for him, or of none, is refused in the words of one that is not. */
const asTool = (no: Deny): Deny => (isHidden(no) ? { ...no, code: 'tool_not_allowed' } : no)
const isHidden = ({ code }: Deny): boolean => code === 'server_not_allowed' || code === 'tool_not_allowed'

type Named = { readonly kind: 'name' | 'uri'; readonly given: string }

function namedBy({ method, json }: Message): Named | null {
  const params = membersOf(membersOf(json)['params'])
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return { kind: 'name', given: textOf(params['name']) }
    case 'resources/read':
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return { kind: 'uri', given: textOf(params['uri']) }
    case 'completion/complete': {
      const ref = membersOf(params['ref'])
      return ref['type'] === 'ref/resource'
        ? { kind: 'uri', given: textOf(ref['uri']) }
        : { kind: 'name', given: textOf(ref['name']) }
    }
    default:
      return null
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
