import { isMembers, type Members, membersOf } from './message.ts'

/** Revisions with `initialize` and sessions, oldest first. */
export const legacyVersions = ['2024-10-07', '2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const
export const newestLegacy = '2025-11-25'
export const modernVersion = '2026-07-28'

export const isLegacyVersion = (version: string): boolean => legacyVersions.some((known) => known === version)

/**
 * What a session speaks, when its client asks for `asked` and the child, initialised long ago, speaks `spoken`.
 * A client that asks for an older revision gets it: over stdio the legacy revisions only add to each other (batches,
 * the one thing that was taken away, are refused before they come here), and servers do not rewrite what they send by
 * the revision agreed. Everything else gets the child's own, as the server itself would answer, and may go.
 */
export const versionFor = (asked: unknown, spoken: string): string => {
  if (typeof asked !== 'string' || !isLegacyVersion(asked)) return spoken
  return asked < spoken ? asked : spoken
}

/** What of a client's capabilities lets a server ask it something. */
export type Announced = {
  readonly sampling: boolean
  readonly samplingTools: boolean
  readonly elicitation: boolean
  readonly elicitationUrl: boolean
}

export const announcedIn = (capabilities: unknown): Announced => {
  const { sampling, elicitation } = membersOf(capabilities)
  const modes = membersOf(elicitation)
  return {
    sampling: isMembers(sampling),
    samplingTools: isMembers(membersOf(sampling)['tools']),
    // Before URL mode existed, an empty object meant forms.
    elicitation: isMembers(elicitation) && (isMembers(modes['form']) || !isMembers(modes['url'])),
    elicitationUrl: isMembers(modes['url']),
  }
}

/**
 * A child is initialised by the gateway in its own name, not with the first client's parameters: who came first must
 * not decide what the others see (server-everything lists other tools for other capabilities), the health probe comes
 * before any client, and a child that was restarted must answer as it did before.
 *
 * Two kinds of child, so that both kinds of client see what they would see directly: `plain` for clients that can be
 * asked nothing, `asking` for those that announced sampling or elicitation. A question goes only to a session that
 * announced it.
 *
 * `own` is a connection that one session has for itself (sse/): its client initialises it, with its own parameters.
 *
 * To a child roots are never announced. They name directories of the *client's* machine; a child runs on ours, and servers like
 * server-filesystem let roots replace the directories that its owner configured: any key could open the whole disk.
 */
export type Profile = 'plain' | 'asking' | 'modern' | 'own'

export const profileOf = (announced: Announced): Profile =>
  announced.sampling || announced.elicitation || announced.elicitationUrl ? 'asking' : 'plain'

export const initializeParams = (profile: Profile, software: string): Members => ({
  protocolVersion: newestLegacy,
  capabilities:
    profile === 'asking' ? { sampling: { tools: {}, context: {} }, elicitation: { form: {}, url: {} } } : {},
  clientInfo: { name: 'ostiary', version: software },
})

export const mayBeAsked = (announced: Announced, method: string, params: Members): boolean => {
  if (method === 'sampling/createMessage') {
    return announced.sampling && (params['tools'] === undefined || announced.samplingTools)
  }
  if (method === 'elicitation/create') {
    return params['mode'] === 'url' ? announced.elicitationUrl : announced.elicitation
  }
  return false
}
