import { NewManagementToken, resources } from '../people/schema.ts'
import type { Exit } from './exit.ts'
import { inputOf, present, sentences } from './input.ts'
import { makeOne } from './make-one.ts'
import { member as memberGiven, memberIdOf } from './member-ids.ts'
import type { Style } from './print.ts'
import type { Terminal } from './terminal.ts'
import { tokens } from './token-facts.ts'
import { byComma, expiryAt, type Given } from './values.ts'

export type TokensCreateOptions = Style & {
  readonly scopes?: string
  readonly expires?: string
  readonly member?: string
  readonly organization?: string
}

export const tokensCreate = (terminal: Terminal, name: string, options: TokensCreateOptions): Promise<Exit> =>
  makeOne(
    terminal,
    { resource: tokens(terminal.now) },
    newToken(name, options, terminal.now()),
    async (control, { body, member }) => {
      if (member === undefined) return { ok: true, value: body }
      const id = await memberIdOf(control, member)
      return id.ok ? { ok: true, value: { ...body, member: id.value } } : id
    },
    options,
  )

type Typed = { readonly body: NewManagementToken; readonly member: string | undefined }

/** The input as control takes it. Which rights is always said: there is no default that could be too wide. */
function newToken(name: string, options: TokensCreateOptions, now: number): Given<Typed> {
  const { scopes = '', expires, member, organization } = options
  const expiresAt = expires === undefined ? null : expiryAt(expires, now)
  if (expiresAt?.ok === false) return expiresAt
  const who = member === undefined ? null : memberGiven('--member', member)
  if (who?.ok === false) return who
  const rights = resources.flatMap((resource) => [`${resource}:read`, `${resource}:write`])
  const fields = present({ name, scopes: byComma(scopes), expiresAt: expiresAt?.value, organization })
  const body = inputOf(NewManagementToken, fields, {
    name: sentences.name('The <name>'),
    scopes: `--scopes must be * (everything you may), or some of ${rights.join(', ')}, by comma.`,
    organization: `--organization must be the slug or id of an organization, not "${organization}".`,
  })
  return body.ok ? { ok: true, value: { body: body.value, member: who?.value } } : body
}
